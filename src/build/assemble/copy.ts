import { Failure } from "../../failure/index.ts";
import { add, type ChangedMode, type Changes, collision, graft, makeDirectories, type Owner } from "./changes.ts";
import { isPattern } from "./match.ts";
import { pathPatterns } from "./paths.ts";
import { join, type Node, type RootFs, resolvePath, type Subtree, split, startIn } from "./rootfs.ts";
import { checkLength, matchSource, missing, relativeParts, type SourcePlace } from "./sources.ts";

/** What a COPY or ADD of files does. Paths of sources are relative to the root of what they are copied from. */
export interface CopyRequest extends SourcePlace {
  /** Absolute; with a slash at its end where it is a directory for certain. */
  readonly destination: string;
  readonly owner: Owner | undefined;
  /** What `--chmod` says. */
  readonly mode: ChangedMode | undefined;
  /** Whether a path, relative to its source, is left out (`--exclude`). */
  readonly excluded: (path: string) => boolean;
  /** Whether nothing is left out: a folder that is the only source may be taken as it stands then. */
  readonly whole: boolean;
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
    copyFolder(into, source, target, folderRequest({ ...request, whole: request.whole && !many }), changes);
    return;
  }
  if (many && !directory) {
    throw new Failure("DOCKERFILE_INVALID", `several files cannot be copied to the one file ${destination}`, {
      hint: "End the destination with a slash.",
    });
  }
  const name = split(path)[1];
  makeDirectories(into, directory ? target : split(target)[0], request, changes);
  if (!request.excluded(name)) place(into, directory ? join(target, name) : target, styled(node, request), changes);
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
      copyFolder(into, start, landing(into, destination), folderRequest(request, patterns.matches), changes);
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
 * @param budget how many steps may be taken on the way, as {@link resolvePath} counts them
 * @throws Failure CONTEXT_INVALID where they go in circles, or further than that
 */
export function landing(into: Pick<RootFs, "get">, path: string, last = true, budget?: { steps: number }): string {
  checkLength(path);
  const found = resolvePath(into, path, last, budget);
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

/** What is copied of one folder. */
interface FolderRequest extends CopyRequest {
  /** Whether a path, relative to the folder, is copied. */
  readonly included: (path: string) => boolean;
  /** What became of files that have several names. */
  readonly copies: Map<Node, Node>;
}

function folderRequest(request: CopyRequest, included: (path: string) => boolean = () => true): FolderRequest {
  return { ...request, included, copies: new Map() };
}

function copyFolder(into: RootFs, source: string, target: string, request: FolderRequest, changes: Changes): void {
  // A destination that is made is no copy: it has neither the source's mode nor its owner.
  makeDirectories(into, target, request, changes);
  const subtree = request.whole && into.children(target).length === 0 ? request.from.below?.(source) : undefined;
  if (subtree !== undefined) graft(into, target, styledSubtree(subtree, request), changes);
  else copyChildren(into, [{ source, target, node: rootNode, made: true }], "", request, changes);
}

function copyChildren(into: RootFs, folders: Folder[], relative: string, request: FolderRequest, changes: Changes): void {
  const folder = folders.at(-1);
  if (folder === undefined) return;
  const [from, to, start] = [folder.source, folder.target, relative].map(startIn);
  for (const name of request.from.children(folder.source)) {
    const [source, target, below] = [`${from}${name}`, `${to}${name}`, `${start}${name}`];
    const node = request.from.get(source);
    const taken = request.included(below) && !request.excluded(below);
    if (node === undefined || (node.kind !== "directory" && !taken)) continue;
    if (taken) makeFolders(into, folders, request, changes);
    if (node.kind !== "directory") place(into, target, copyOf(node, request), changes);
    else {
      if (taken) placeDirectory(into, target, styled(node, request), changes);
      folders.push({ source, target, node, made: taken });
      copyChildren(into, folders, below, request, changes);
      folders.pop();
    }
  }
}

/** Makes the directories that were left out, but have something in them. One that is there takes the mode, and keeps its owner. */
function makeFolders(into: RootFs, folders: readonly Folder[], request: CopyRequest, changes: Changes): void {
  for (const folder of folders) {
    if (folder.made) continue;
    const there = into.get(folder.target);
    const { mode } = folder.node;
    placeDirectory(into, folder.target, there?.kind === "directory" ? { ...there, mode } : styled(folder.node, request), changes);
    folder.made = true;
  }
}

function placeDirectory(into: RootFs, path: string, node: Node, changes: Changes): void {
  const there = into.get(path);
  if (there !== undefined && there.kind !== "directory") throw collision(path, "a directory", there);
  add(into, path, node, changes);
}

function place(into: RootFs, path: string, node: Node, changes: Changes): void {
  const there = into.get(path);
  if (there?.kind === "directory") throw collision(path, "a file", there);
  add(into, path, node, changes);
}

/**
 * A copy of what is in a folder. As with BuildKit, names of one file become names of one copy; those of a symbolic link, a pipe or a device
 * come apart.
 */
function copyOf(node: Node, request: FolderRequest): Node {
  if (node.kind !== "file" || node.linked !== true) return styled(node, request);
  const copy = request.copies.get(node) ?? styled(node, request);
  request.copies.set(node, copy);
  return copy;
}

function styledSubtree(subtree: Subtree, request: CopyRequest): Subtree {
  if (request.owner === undefined && request.mode === undefined) return subtree;
  return {
    get(path) {
      const node = subtree.get(path);
      return node && styled(node, request);
    },
    *nodes() {
      for (const [path, node] of subtree.nodes()) yield [path, styled(node, request)];
    },
  };
}

const rootNode: Node = { kind: "directory", mode: 0o755, uid: 0, gid: 0 };

function styled(node: Node, { owner, mode }: CopyRequest): Node {
  // Of a file with several names that would be one more name, and no copy.
  if (owner === undefined && mode === undefined && node.linked !== true) return node;
  const bits = mode === undefined || node.kind === "symlink" ? node.mode : mode.of(node.mode, node.kind === "directory");
  return { ...node, uid: owner?.uid ?? node.uid, gid: owner?.gid ?? node.gid, mode: bits };
}
