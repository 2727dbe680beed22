/** A way in which assemble and BuildKit differ on purpose, as docs/assemble.md has it. */
interface Difference {
  readonly what: string;
  readonly why: string;
}

/** What is not compared of a file. */
export const unlikeFiles: Readonly<Record<string, string>> = {
  mtime: "BuildKit takes times from the clock; assemble has the one of `build.epoch`",
};

/** Fields of the config that are not compared. */
export const unlikeFields: Readonly<Record<string, string>> = {
  ArgsEscaped: "deprecated by the image-spec, and of Windows only",
};

/** What only assemble refuses. */
export const stricter: readonly (Difference & { readonly message: RegExp })[] = [
  {
    message: /several files cannot be copied to the one file/,
    what: "several files to a destination without a slash",
    why: "the Dockerfile reference wants a slash; BuildKit guesses",
  },
  {
    message: /is outside the/,
    what: "a source outside the context",
    why: "BuildKit takes the file of this name inside: never what was meant",
  },
  { message: /is not a pattern/, what: "a malformed pattern", why: "a malformed pattern silently matches nothing in BuildKit" },
  {
    message: /--chown names the/,
    what: "an owner's name that the image does not have",
    why: "the Dockerfile reference has the build fail; BuildKit takes root",
  },
];

/** What only BuildKit refuses; the cause is in the Dockerfile, as far as it is told there. */
export const laxer: readonly (Difference & { readonly message: RegExp; readonly cause: RegExp })[] = [
  {
    message: /lstat [^\n]*: no such file or directory/,
    cause: /(?:COPY|ADD) [^\n]*[*?[]/,
    what: "a pattern in a folder of which nothing is sent",
    why: "BuildKit is sent only what sources name, and misses the folder of a pattern that matches nothing",
  },
  {
    message: /invalid user index -1/,
    cause: /USER [a-z]/,
    what: "WORKDIR after a USER by name, in an image without users",
    why: "BuildKit looks for the user of a WORKDIR even in scratch, and fails",
  },
  {
    message: /failed to calculate checksum of ref [^\n]*(?:not found|too many links)/,
    cause: /--parents|--exclude/,
    what: "a link that leads nowhere, below a source of `--parents` or `--exclude`",
    why: "BuildKit's cache key follows links below a source where patterns are, and fails on one that leads nowhere; copied, it is a link",
  },
  {
    message: /unhandled tar header type (?:55|83)/,
    cause: /ADD /,
    what: "sparse files of GNU tar's old format, and contiguous files, in archives",
    why: "BuildKit's unpacker knows neither of the two types",
  },
  {
    message: /mkdir [^\n]*: file exists/,
    cause: /ADD /,
    what: "files in an archive behind a link that leads nowhere",
    why: "BuildKit cannot make the folder that the link names, while a COPY makes it",
  },
  {
    message: /failed to compute cache key: link [^\n]*: no such file or directory/,
    cause: /--from=lower /,
    what: "hard links of a base image to files of its lower layers",
    why: "BuildKit unpacks each layer by itself, and does not find what the image has",
  },
];
