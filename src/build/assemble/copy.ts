import { Failure } from "../../failure/index.ts";
import type { TarEntry } from "../../tar/index.ts";
import { isPattern, namePattern } from "./match.ts";
import { pathPatterns } from "./paths.ts";
import { type Node, type RootFs, resolvePath, split } from "./rootfs.ts";

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
  /** Absolute; with a slash at its end where it is a directory for certain. */
  readonly destination: string;
  readonly owner: Owner | undefined;
  /** What `--chmod` says. */
  readonly mode: ChangedMode | undefined;
  /** Whether a path, relative to its source, is left out (`--exclude`). */
  readonly excluded: (path: string) => boolean;
}

/** What changed in a file system, by path: the entries of the layer. */
export type Changes = Map<string, TarEntry>;

/**
 * The paths that a source names: itself, or what its pattern matches. Links are followed on the way to the first pattern, and in
 * patterns no more, as BuildKit does.
 * @throws Failure CONTEXT_INVALID for a source outside, DOCKERFILE_INVALID for a pattern that is none
 */
export function matchSource(source: string, request: Pick<CopyRequest, "from" | "fromName">): readonly string[] {
  const { from, fromName } = request;
  const parts = relativeParts(source, fromName);
  const first = parts.findIndex(isPattern);
  if (first === -1) return [parts.join("/")];
  const before = parts.slice(0, first).join("/");
  const start = resolvePath(from, before);
  if (start === undefined || (start !== "" && from.get(start) === undefined)) throw missing(before, request);
  let found: readonly string[] = [start];
  for (const part of parts.slice(first)) {
    const pattern = namePattern(part);
    if (pattern === undefined) throw new Failure("DOCKERFILE_INVALID", `${JSON.stringify(source)} is not a pattern`, { hint: patternHint });
    found = found.flatMap((dir) =>
      from
        .children(dir)
        .filter((name) => pattern.test(name))
        .map((name) => join(dir, name)),
    );
  }
  return found;
}

const patternHint = "Patterns have *, ? and [a-z]; a backslash before one of these signs takes it as it is.";

/** The most characters of a path, as Linux has it (path_resolution(7)). */
const pathLimit = 4_096;

function checkLength(path: string): void {
  if (path.length <= pathLimit) return;
  throw new Failure("CONTEXT_INVALID", `${path.slice(0, 50)}… has more than ${pathLimit} characters`, {
    hint: "No path is as long as that.",
  });
}

/** A source's parts from the root of what it is copied from. */
function relativeParts(source: string, fromName: string): readonly string[] {
  const parts: string[] = [];
  checkLength(source);
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

/**
 * Copies what stands at one path as BuildKit does: of a directory what is in it; into a destination with a slash at its end, or one
 * that is a directory, under the source's own name; symbolic links of a source and on the way to the destination are followed,
 * those below a source are copied as links. Owners are kept unless said otherwise; a context's files are root's.
 * @param many whether it is one of several sources
 * @throws Failure CONTEXT_INVALID where a source is missing or outside, or kinds collide
 */
export function copyPath(into: RootFs, path: string, many: boolean, request: CopyRequest, changes: Changes): void {
  const { destination } = request;
  const { source, node } = followed(path, request);
  const target = landing(into, destination);
  const directory = destination.endsWith("/") || target === "" || into.get(target)?.kind === "directory";
  if (node.kind === "directory") {
    copyFolder(into, source, target, () => true, request, changes);
    return;
  }
  if (many && !directory) {
    throw new Failure("DOCKERFILE_INVALID", `several files cannot be copied to the one file ${destination}`, {
      hint: "End the destination with a slash.",
    });
  }
  const name = split(path)[1];
  makeDirectories(into, directory ? target : split(target)[0], request, changes);
  if (!request.excluded(name)) place(into, directory ? join(target, name) : target, node, request, changes);
}

/**
 * Copies what a source of `COPY --parents` names, with the directories that it stands in: those behind `/./`, or all.
 * @throws Failure CONTEXT_INVALID as {@link copyPath} does
 */
export function copyWithParents(into: RootFs, source: string, request: CopyRequest, changes: Changes): void {
  const { destination } = request;
  const at = source.indexOf("/./");
  const pivot = at === -1 ? "" : source.slice(0, at);
  const pattern = relativeParts(at === -1 ? source : source.slice(at + 3), request.fromName).join("/");
  if (pattern === "") {
    throw new Failure("CONTEXT_INVALID", `--parents keeps the folders of ${JSON.stringify(source)}, which names nothing in a folder`, {
      hint: "Name what is in it: * or **, behind /./ where its own folders are not wanted.",
    });
  }
  const patterns = pathPatterns([pattern]);
  const whole = relativeParts(`${pivot}/${pattern}`, request.fromName).join("/");
  // A link is copied as one, wherever it leads.
  const there = resolvePath(request.from, whole, false);
  if (!isPattern(source) && (there === undefined || request.from.get(there) === undefined)) throw missing(whole, request);
  for (const path of matchSource(pivot, request)) {
    const { source: start, node: pivotNode } = followed(path, request);
    if (pivotNode.kind === "directory")
      copyFolder(into, start, landing(into, destination), (below) => patterns.matches(below), request, changes);
    else copyPath(into, path, false, request, changes);
  }
}

/** What stands at the end of a source's links. */
function followed(path: string, request: CopyRequest): { readonly source: string; readonly node: Node } {
  const source = resolvePath(request.from, path);
  const node = source === "" ? rootNode : source === undefined ? undefined : request.from.get(source);
  if (source === undefined || node === undefined) throw missing(path, request);
  return { source, node };
}

/**
 * Where a path lands, links followed.
 * @param last whether a link at its end is, too
 * @param steps how many may be taken on the way, as {@link resolvePath} counts them
 * @throws Failure CONTEXT_INVALID where they go in circles, or further than that
 */
export function landing(into: RootFs, path: string, last = true, steps?: { left: number }): string {
  checkLength(path);
  const found = resolvePath(into, path, last, steps);
  if (found !== undefined) return found;
  throw new Failure("CONTEXT_INVALID", `the symbolic links on the way to ${path} go in circles`, { hint: "Copy to another path." });
}

/** A directory on the way to what is copied. */
interface Folder {
  readonly source: string;
  readonly target: string;
  readonly node: Node;
  /** Whether it is there: one that is left out itself is made when something in it is copied. */
  made: boolean;
}

function copyFolder(
  into: RootFs,
  source: string,
  target: string,
  included: (path: string) => boolean,
  request: CopyRequest,
  changes: Changes,
): void {
  // A destination that is made is no copy: it has neither the source's mode nor its owner.
  makeDirectories(into, target, request, changes);
  copyChildren(into, [{ source, target, node: rootNode, made: true }], "", included, request, changes);
}

function copyChildren(
  into: RootFs,
  folders: Folder[],
  relative: string,
  included: (path: string) => boolean,
  request: CopyRequest,
  changes: Changes,
): void {
  const folder = folders.at(-1);
  if (folder === undefined) return;
  for (const name of request.from.children(folder.source)) {
    const [source, target, below] = [join(folder.source, name), join(folder.target, name), join(relative, name)];
    const node = request.from.get(source);
    const taken = included(below) && !request.excluded(below);
    if (node === undefined || (node.kind !== "directory" && !taken)) continue;
    if (taken) makeFolders(into, folders, request, changes);
    if (node.kind !== "directory") place(into, target, node, request, changes);
    else {
      if (taken) placeDirectory(into, target, styled(node, request), changes);
      folders.push({ source, target, node, made: taken });
      copyChildren(into, folders, below, included, request, changes);
      folders.pop();
    }
  }
}

/** Makes the directories that were left out, but have something in them. One that is there takes the mode, and keeps its owner. */
function makeFolders(into: RootFs, folders: readonly Folder[], request: CopyRequest, changes: Changes): void {
  for (const folder of folders.filter(({ made }) => !made)) {
    const there = into.get(folder.target);
    const { mode } = folder.node;
    placeDirectory(into, folder.target, there?.kind === "directory" ? { ...there, mode } : styled(folder.node, request), changes);
    folder.made = true;
  }
}

function placeDirectory(into: RootFs, path: string, node: Node, changes: Changes): void {
  const there = into.get(path);
  if (there !== undefined && there.kind !== "directory") throw collision(path, "a directory", there);
  put(into, path, node, changes);
}

function place(into: RootFs, path: string, node: Node, request: CopyRequest, changes: Changes): void {
  const there = into.get(path);
  if (there?.kind === "directory") throw collision(path, "a file", there);
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

/**
 * Puts a node into the file system and among the changes.
 * @throws Failure CONTEXT_INVALID for a name that means in a layer that another file is gone (image-spec, "Whiteouts")
 */
export function put(into: RootFs, path: string, node: Node, changes: Changes): void {
  if (split(path)[1].startsWith(".wh.")) {
    throw new Failure("CONTEXT_INVALID", `/${path} has a name that removes files in an image`, {
      hint: "Give it another name, or leave it out with --exclude or in .dockerignore: no file of an image begins with .wh.",
    });
  }
  if (node.kind !== "directory" && into.get(path)?.kind === "directory") {
    forget(into, path, changes);
    into.remove(path);
  }
  into.set(path, node);
  changes.set(path, { path, ...node });
}

/** Takes what is below a directory from the changes. */
function forget(into: RootFs, path: string, changes: Changes): void {
  for (const name of into.children(path)) {
    const one = join(path, name);
    changes.delete(one);
    forget(into, one, changes);
  }
}

function missing(path: string, { from, fromName }: Pick<CopyRequest, "from" | "fromName">): Failure {
  const link = brokenLink(from, path);
  if (link !== undefined) {
    const why = link.circular ? "which leads back to itself" : `which ${fromName} does not hold`;
    return new Failure("CONTEXT_INVALID", `${path} is behind the symbolic link ${link.path} to ${link.target}, ${why}`, {
      hint: "Links are followed inside only: copy the file itself, or commit what the link leads to.",
    });
  }
  const [parent, name] = split(path);
  const near = from
    .children(resolvePath(from, parent) ?? parent)
    .filter((one) => one.toLowerCase() === name.toLowerCase() || one.startsWith(name.slice(0, 3)));
  const hint =
    near.length > 0 ? `There is ${near.slice(0, 5).join(", ")}.` : "Look whether it is committed, and whether .dockerignore leaves it out.";
  return new Failure("CONTEXT_INVALID", `${fromName} has no ${path}`, { hint });
}

/** The first symbolic link on a path that leads to nothing, or in circles. */
function brokenLink(
  from: RootFs,
  path: string,
): { readonly path: string; readonly target: string; readonly circular: boolean } | undefined {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const here = resolvePath(from, parts.slice(0, length).join("/"), false);
    const node = here === undefined ? undefined : from.get(here);
    if (here === undefined || node === undefined) return undefined;
    if (node.kind !== "symlink") continue;
    const end = resolvePath(from, here);
    if (end === undefined || (end !== "" && from.get(end) === undefined))
      return { path: here, target: node.target, circular: end === undefined };
  }
  return undefined;
}

function join(dir: string, name: string): string {
  return dir === "" ? name : name === "" ? dir : `${dir}/${name}`;
}

function collision(path: string, what: string, there: Node): Failure {
  return new Failure("CONTEXT_INVALID", `/${path} is to be ${what}, and there is a ${there.kind} already`, {
    hint: "Copy to another path, or remove what is in the way.",
  });
}
