import { Failure } from "../../failure/index.ts";
import { isPattern, namePattern } from "./match.ts";
import { type Node, type RootFs, resolvePath, split } from "./rootfs.ts";
import type { LayerEntry } from "./tar.ts";

/** Owner and group by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a `--chmod` makes of modes. */
export interface ChangedMode {
  /** The mode of what is copied. */
  of(mode: number, directory: boolean): number;
  /** The mode of directories that the destination needs; 0755 unless digits say otherwise. */
  readonly fresh: number;
}

/** What a COPY or ADD of files does. Paths of sources are relative to the root of what they are copied from. */
export interface CopyRequest {
  readonly from: RootFs;
  /** How messages call the place: `the context`, `stage build`. */
  readonly fromName: string;
  readonly sources: readonly string[];
  /** Absolute; with a slash at its end where it is a directory for certain. */
  readonly destination: string;
  readonly owner: Owner | undefined;
  /** What `--chmod` says. */
  readonly mode: ChangedMode | undefined;
  /** Whether a path, relative to its source, is left out (`--exclude`). */
  readonly excluded: (path: string) => boolean;
}

/** What changed in a file system, by path: the entries of the layer. */
export type Changes = Map<string, LayerEntry>;

/** What was copied, and sources with a pattern that nothing matched. */
export interface Copied {
  readonly changes: Changes;
  readonly unmatched: readonly string[];
}

/**
 * Copies files as BuildKit does: of a directory what is in it; into a destination with a slash at its end, or one that is a
 * directory, under the source's own name; symbolic links of a source and on the way to the destination are followed, those
 * below a source are copied as links. Owners are kept unless said otherwise; a context's files are root's.
 * @throws Failure CONTEXT_INVALID where a source is missing or outside, or kinds collide
 */
export function copyFiles(into: RootFs, request: CopyRequest): Copied {
  const changes: Changes = new Map();
  const unmatched: string[] = [];
  const many = request.sources.length > 1;
  for (const source of request.sources) {
    const found = matchSource(source, request);
    if (found.length === 0) unmatched.push(source);
    for (const path of found) copyOne(into, path, many || found.length > 1, request, changes);
  }
  return { changes, unmatched };
}

/** The paths that a source names: itself, or what its pattern matches. */
function matchSource(source: string, { from, fromName }: CopyRequest): readonly string[] {
  const parts = relativeParts(source, fromName);
  if (!isPattern(source)) return [parts.join("/")];
  let found: readonly string[] = [""];
  for (const part of parts) {
    const pattern = isPattern(part) ? namePattern(part) : undefined;
    if (isPattern(part) && pattern === undefined) throw new Failure("DOCKERFILE_INVALID", `${JSON.stringify(source)} is not a pattern`);
    found = found.flatMap((path) => {
      const dir = resolvePath(from, path) ?? path;
      const names = pattern === undefined ? [part.replace(/\\(.)/g, "$1")] : from.children(dir).filter((name) => pattern.test(name));
      return names.map((name) => (dir === "" ? name : `${dir}/${name}`)).filter((one) => from.get(one) !== undefined);
    });
  }
  return found;
}

/** A source's parts from the root of what it is copied from. */
function relativeParts(source: string, fromName: string): readonly string[] {
  const parts: string[] = [];
  for (const part of source.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) {
      throw new Failure("CONTEXT_INVALID", `${source} is outside ${fromName}`, {
        hint: "Name files inside; a larger context is given with --context or build.context.",
      });
    }
  }
  return parts;
}

function copyOne(into: RootFs, path: string, many: boolean, request: CopyRequest, changes: Changes): void {
  const { from, destination } = request;
  const resolved = resolvePath(from, path);
  const node = resolved === "" ? rootNode : resolved === undefined ? undefined : from.get(resolved);
  if (resolved === undefined || node === undefined) throw missing(path, request);
  const target = landing(into, destination);
  const directory = destination.endsWith("/") || target === "" || into.get(target)?.kind === "directory";
  if (node.kind === "directory") {
    // A destination that is made is no copy: it has neither the source's mode nor its owner.
    makeDirectories(into, target, request, changes);
    copyChildren(into, resolved, target, "", request, changes);
    return;
  }
  if (many && !directory) {
    throw new Failure("DOCKERFILE_INVALID", `several files cannot be copied to the one file ${destination}`, {
      hint: "End the destination with a slash.",
    });
  }
  const name = split(path)[1];
  const parent = directory ? target : split(target)[0];
  makeDirectories(into, parent, request, changes);
  const full = directory ? (target === "" ? name : `${target}/${name}`) : target;
  if (request.excluded(name)) return;
  place(into, full, node, request, changes);
}

/** Where a path lands, links followed. @throws Failure CONTEXT_INVALID where they go in circles */
export function landing(into: RootFs, path: string, last = true): string {
  const found = resolvePath(into, path, last);
  if (found !== undefined) return found;
  throw new Failure("CONTEXT_INVALID", `the symbolic links on the way to ${path} go in circles`, { hint: "Copy to another path." });
}

function copyChildren(into: RootFs, from: string, to: string, relative: string, request: CopyRequest, changes: Changes): void {
  for (const name of request.from.children(from)) {
    const [source, below] = [from === "" ? name : `${from}/${name}`, relative === "" ? name : `${relative}/${name}`];
    const node = request.from.get(source);
    if (node === undefined) continue;
    const target = landing(into, to === "" ? name : `${to}/${name}`, false);
    if (node.kind !== "directory") {
      if (!request.excluded(below)) place(into, target, node, request, changes);
      continue;
    }
    // An excluded directory may hold what is not excluded.
    const real = resolvePath(into, target) ?? target;
    const there = into.get(real);
    if (there !== undefined && there.kind !== "directory") throw collision(real, "a directory", there);
    if (!request.excluded(below)) put(into, real, styled(node, request), changes);
    copyChildren(into, source, real, below, request, changes);
  }
}

function place(into: RootFs, path: string, node: Node, request: CopyRequest, changes: Changes): void {
  const there = into.get(path);
  if (there?.kind === "directory") throw collision(path, "a file", there);
  if (node.kind === "special")
    throw new Failure("CONTEXT_INVALID", `${path} is neither a file, a directory nor a link, and cannot be copied`);
  const [parent] = split(path);
  if (parent !== "" && into.get(parent) === undefined) makeDirectories(into, parent, request, changes);
  put(into, path, styled(node, request), changes);
}

const rootNode: Node = { kind: "directory", mode: 0o755, uid: 0, gid: 0 };

/** Makes a directory and those above it, where they are missing. @throws Failure CONTEXT_INVALID where a file is in the way */
export function makeDirectories(into: RootFs, path: string, request: Partial<Pick<CopyRequest, "owner" | "mode">>, changes: Changes): void {
  if (path === "") return;
  const there = into.get(path);
  if (there?.kind === "directory") return;
  if (there !== undefined) throw collision(path, "a directory", there);
  makeDirectories(into, split(path)[0], request, changes);
  const { owner, mode } = request;
  put(into, path, { kind: "directory", mode: mode?.fresh ?? 0o755, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 }, changes);
}

function styled(node: Node, { owner, mode }: CopyRequest): Node {
  const bits = mode === undefined || node.kind === "symlink" ? node.mode : mode.of(node.mode, node.kind === "directory");
  return { ...node, uid: owner?.uid ?? node.uid, gid: owner?.gid ?? node.gid, mode: bits };
}

/** Puts a node into the file system and among the changes. */
export function put(into: RootFs, path: string, node: Node, changes: Changes): void {
  if (node.kind === "special") return;
  if (node.kind !== "directory" && into.get(path)?.kind === "directory") {
    into.remove(path);
    for (const one of changes.keys()) if (one.startsWith(`${path}/`)) changes.delete(one);
  }
  into.set(path, node);
  changes.set(path, { path, ...node });
}

function missing(path: string, { from, fromName }: CopyRequest): Failure {
  const [parent, name] = split(path);
  const near = from
    .children(resolvePath(from, parent) ?? parent)
    .filter((one) => one.toLowerCase() === name.toLowerCase() || one.startsWith(name.slice(0, 3)));
  const hint =
    near.length > 0 ? `There is ${near.slice(0, 5).join(", ")}.` : "Look whether it is committed, and whether .dockerignore leaves it out.";
  return new Failure("CONTEXT_INVALID", `${fromName} has no ${path}`, { hint });
}

function collision(path: string, what: string, there: Node): Failure {
  return new Failure("CONTEXT_INVALID", `/${path} is to be ${what}, and there is a ${there.kind} already`, {
    hint: "Copy to another path, or remove what is in the way.",
  });
}
