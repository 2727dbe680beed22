import type { BuildContext, BuildRequest, ContextEntry, ImageSource } from "../../src/build/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { parsePlatform } from "../../src/oci/index.ts";
import { bytesSource } from "../../src/store/index.ts";

/** What stands at a path of a context: a file's content, with a mode where it is not 0644, or a link's target, or a directory. */
export type ContextFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly link: string }
  | { readonly directory: true; readonly mode?: number };

/** Files by path; the directories that they are in come of themselves. */
export type ContextFiles = Readonly<Record<string, ContextFile>>;

/** A build context in memory. */
export function aContext(files: ContextFiles = {}): BuildContext {
  const entries = new Map<string, ContextEntry>();
  for (const [path, file] of Object.entries(files)) {
    const parts = path.split("/");
    for (let length = 1; length < parts.length; length++) {
      const parent = parts.slice(0, length).join("/");
      if (!entries.has(parent)) entries.set(parent, { kind: "directory", path: parent, mode: 0o755 });
    }
    entries.set(path, entryOf(path, file));
  }
  const sorted = [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    description: "a context in memory",
    entries: async () => sorted,
    open: async (path) => bytesSource(bytesOf(files[path])),
  };
}

/** What a build is asked; everything has a default. */
export interface RequestOptions {
  readonly files?: ContextFiles;
  /** Instead of `files`. */
  readonly context?: BuildContext;
  readonly ignore?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly epoch?: number;
  readonly images?: ImageSource;
}

/** A request to build a Dockerfile for linux/amd64 from files in memory, with no images but scratch. */
export function aBuildRequest(dockerfile: string, options: RequestOptions = {}): BuildRequest {
  const { files, context = aContext(files), ignore, target, args = {}, platform = "linux/amd64", epoch = 315_532_800 } = options;
  const images = options.images ?? { image: async (name) => Promise.reject(new Failure("BASE_MISSING", `there is no image ${name}`)) };
  return {
    context,
    dockerfile: { name: "Dockerfile", text: dockerfile, ignore },
    target,
    args,
    platform: parsePlatform(platform),
    epoch,
    images,
  };
}

function entryOf(path: string, file: ContextFile): ContextEntry {
  if (typeof file === "string" || file instanceof Uint8Array) return { kind: "file", path, mode: 0o644, size: bytesOf(file).length };
  if ("link" in file) return { kind: "symlink", path, target: file.link };
  if ("directory" in file) return { kind: "directory", path, mode: file.mode ?? 0o755 };
  return { kind: "file", path, mode: file.mode ?? 0o644, size: bytesOf(file).length };
}

function bytesOf(file: ContextFile | undefined): Uint8Array {
  if (typeof file === "string" || file instanceof Uint8Array) return Buffer.from(file);
  if (file === undefined || !("content" in file)) throw new Error("only files can be opened");
  return Buffer.from(file.content);
}
