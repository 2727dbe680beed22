import { posix } from "node:path";
import { Failure } from "../failure/index.ts";
import { formatPlatform, isHost, isLoopback, isRepository, isTag, parsePlatform } from "../oci/index.ts";

/**
 * One kind of value, wherever it comes from: what is expected of it, in words that follow "expected", and a parser that
 * gives its normal form or undefined.
 */
export interface Kind {
  readonly expected: string;
  readonly parse: (text: string) => string | undefined;
}

const when = (holds: (text: string) => boolean) => (text: string) => (holds(text) ? text : undefined);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const control = /[\u0000-\u001f\u007f]/;

export const text: Kind = {
  expected: "text without control characters",
  parse: when((value) => value !== "" && value.length <= 4096 && !control.test(value)),
};

/** Values of variables and labels: they may be empty and have several lines, as in an image's config. */
export const content: Kind = { expected: "text", parse: when((value) => !value.includes("\0")) };

export const host: Kind = { expected: "a registry host, HOST[:PORT] without https://", parse: when(isHost) };

export const repository: Kind = { expected: "a repository name in lower case, like team/app", parse: when(isRepository) };

/** A platform that an image is built for, `os/architecture[/variant]`. */
export const platform: Kind = {
  expected: "one platform, OS/ARCHITECTURE[/VARIANT], like linux/amd64",
  parse: (value) => {
    try {
      return formatPlatform(parsePlatform(value));
    } catch (thrown) {
      if (thrown instanceof Failure) return undefined;
      throw thrown;
    }
  },
};

/** A path inside the repository, relative to its root, with `/` between its parts. */
export const path: Kind = {
  expected: "a path relative to the repository's root and inside it",
  parse: (value) => {
    if (text.parse(value) === undefined || posix.isAbsolute(value) || value.includes("\\")) return undefined;
    const normal = posix.normalize(value).replace(/\/+$/, "");
    return normal === ".." || normal.startsWith("../") ? undefined : normal;
  },
};

/** IAM, "Identifiers for roles": partition, account of twelve digits, path and name. */
export const role: Kind = {
  expected: "an IAM role, arn:aws:iam::ACCOUNT:role/NAME",
  parse: when((value) => value.length <= 2048 && /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\u0021-\u007e]+$/.test(value)),
};

const sha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A further tag that moves; one that looks like a commit would stand in the way of a release tag. */
export const movingTag: Kind = {
  expected: "a tag that is neither a commit nor latest (which has a key of its own)",
  parse: when((value) => isTag(value) && value !== "latest" && !sha.test(value)),
};

/** A release tag's template: every commit needs a tag of its own, so the full commit is in it. */
export const releaseTag: Kind = {
  expected: 'a tag in which "{sha}" stands once for the full commit, like "{sha}" or "build-{sha}"',
  parse: when((value) => value.split("{sha}").length === 2 && isTag(value.replace("{sha}", "0".repeat(64)))),
};

// git check-ref-format, with * for the patterns that `branches` may have.
const refused = /[\s~^:?[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\.lock$/;

export const branchPattern: Kind = {
  expected: "a branch, or a pattern of branches like release/*",
  parse: when((value) => text.parse(value) !== undefined && !refused.test(value)),
};

export const branch: Kind = {
  expected: "a branch",
  parse: when((value) => branchPattern.parse(value) !== undefined && !value.includes("*")),
};

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time, like `90s`, `15m`, `12h` or `7d`. */
export const duration: Kind = {
  expected: "a time like 90s, 15m, 12h or 7d",
  parse: when((value) => /^[1-9][0-9]{0,5}[smhd]$/.test(value)),
};

/** Milliseconds of a {@link duration}. */
export function durationMs(value: string): number {
  return Number(value.slice(0, -1)) * (unitMs[value.slice(-1)] ?? Number.NaN);
}

/** A tag or digest in a registry, where a build cache is kept. */
export const taggedReference: Kind = {
  expected: "HOST/REPOSITORY:TAG",
  parse: (value) => {
    const at = value.lastIndexOf(":");
    const slash = value.indexOf("/");
    const [name, tag] = [value.slice(0, at), value.slice(at + 1)];
    return at > slash && slash > 0 && isHost(name.slice(0, slash)) && isRepository(name.slice(slash + 1)) && isTag(tag) ? value : undefined;
  },
};

/** How a Dockerfile's secret is called (`--mount=type=secret,id=…`); commas and equals signs part fields there. */
export const secretId: Kind = { expected: "a secret's id", parse: when((value) => /^[A-Za-z0-9_.-]{1,128}$/.test(value)) };

/** How a registry is really spoken to. Plain HTTP would show credentials to whoever listens, so it never leaves the machine. */
export const endpoint: Kind = {
  expected: "an https:// URL without user, query or fragment (http:// only to this machine)",
  parse: (value) => {
    const url = plainUrl(value);
    return url === undefined || (url.protocol === "http:" && !isLoopback(url.hostname)) ? undefined : url.href.replace(/\/$/, "");
  },
};

/** What is asked for over HTTP: a path, with a query where it needs one. */
export const httpPath: Kind = {
  expected: "a path that begins with /, like /health",
  parse: when((value) => value.length <= 2048 && /^\/[\u0021-\u007e]*$/.test(value)),
};

/** Codes of answers over HTTP (RFC 9110, "Status Codes"). */
export const statusList: Kind = {
  expected: "codes of HTTP and ranges of them, like 200 or 200,301-302",
  parse: when((value) => value.split(",").every((one) => /^[1-5][0-9]{2}(?:-[1-5][0-9]{2})?$/.test(one))),
};

/** A TCP port. */
export const port: Kind = {
  expected: "a port, 1 to 65535",
  parse: when((value) => /^[1-9][0-9]{0,4}$/.test(value) && Number(value) <= 65_535),
};

/** How environment variables are called. */
export const variable: Kind = { expected: "the name of a variable", parse: when((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) };

export const link: Kind = { expected: "an https:// URL without user, query or fragment", parse: (value) => plainUrl(value) && value };

/** Words that a stamp may say of the commit. */
const words = ["sha", "short", "tree", "date"];

export const template: Kind = {
  expected: `text in which only ${words.map((word) => `{${word}}`).join(", ")} stand for something`,
  parse: when(
    (value) =>
      content.parse(value) !== undefined && [...value.matchAll(/\{([A-Za-z]*)\}/g)].every(([, word]) => words.includes(word ?? "")),
  ),
};

function plainUrl(value: string): URL | undefined {
  if (text.parse(value) === undefined || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const plain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return plain && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}

/** The latest time that a tar header's octal field holds (ustar, 11 digits): 2242. */
export const latestEpoch = 8_589_934_591;
