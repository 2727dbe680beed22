import { Failure } from "../../failure/index.ts";
import type { Compression } from "../../validate/index.ts";
import type { Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { jsonWords, plainWords } from "../dockerfile/words.ts";
import { archiveKind } from "./archive-kind.ts";
import { type Changes, makeDirectories, noChanges, put } from "./changes.ts";
import { modeOf } from "./chmod.ts";
import { type CopyRequest, copyPath, copyWithParents, landing } from "./copy.ts";
import { isRemote, remoteGap, unfit, unpacks } from "./gaps.ts";
import { ownerOf, ownerOfUser } from "./owner.ts";
import { pathPatterns } from "./paths.ts";
import { type Node, type RootFs, resolvePath, rootFs, type SourceFs } from "./rootfs.ts";
import { absolute } from "./settings.ts";
import { matchSource } from "./sources.ts";
import { addLayer, expandIn, expandTextIn, remember, type StageState, type StageTools, type Underway, workdir } from "./stage.ts";
import { unpackInto } from "./unpack.ts";

/** Where a COPY or ADD takes files from. */
export interface Origin {
  readonly files: SourceFs;
  readonly name: string;
  /** Whether its files may be read side by side: those in a layer come one after the other. */
  readonly sideBySide: boolean;
}

/** WORKDIR: sets the directory, and makes it where it is not there, as the user's own. */
export async function workIn(stage: StageState, instruction: Instruction, tools: StageTools): Promise<Underway | undefined> {
  const written = expandIn(stage, instruction.rest, instruction, tools);
  const path = absolute(written, workdir(stage)).replace(/(.)\/$/, "$1");
  const { User: user = "" } = stage.settings.runtime;
  // BuildKit keeps an absolute path as it is written.
  stage.settings.runtime = { ...stage.settings.runtime, WorkingDir: written.startsWith("/") ? written : path };
  const files = await stage.files();
  const changes = noChanges();
  makeDirectories(files, landing(files, path), { owner: user === "" ? undefined : await ownerOfUser(user, files) }, changes);
  if (changes.nodes.size > 0) return await addLayer(stage, changes, instruction, tools, true);
  remember(stage, instruction, tools, false);
  return undefined;
}

/**
 * COPY, and ADD of local files: a layer of what is copied.
 * @throws Failure CONTEXT_INVALID, DOCKERFILE_INVALID with file and line; ENGINE_UNFIT for what only another engine can unpack
 */
export async function copyInto(
  stage: StageState,
  instruction: Instruction,
  origin: Origin,
  tools: StageTools,
): Promise<Underway | undefined> {
  const expanded = (word: string): string => expandIn(stage, word, instruction, tools);
  const words = jsonWords(instruction.rest) ?? plainWords(instruction.rest);
  const flags = new Map(instruction.flags.map(({ name, value }) => [name, value]));
  const flag = (name: string): string => expanded(flags.get(name) ?? "");
  const { sources, inline } = sourcesOf(words.slice(0, -1), instruction, expanded, (content) => expandTextIn(stage, content, instruction));
  const [chown, chmod] = [flag("chown"), flag("chmod")];
  if (isOn(flags, "link") && /[^\d:]/.test(chown)) throw linkedNames(instruction, chown);
  // What is linked is copied to where nothing is yet, and laid over what is there (Dockerfile reference, "COPY --link").
  const linked = isOn(flags, "link") && chmod === "";
  const below = await stage.files();
  const files = linked ? rootFs() : below;
  const owner = chown === "" ? undefined : await ownerOf(chown, files, instruction);
  const request: CopyRequest = {
    from: origin.files,
    fromName: origin.name,
    destination: destinationOf(expanded(words.at(-1) ?? ""), workdir(stage)),
    owner,
    mode: chmod === "" ? undefined : modeOf(chmod, instruction),
    excluded: excludes(instruction),
    whole: !linked && !["parents", "exclude"].some((name) => flags.has(name)),
  };
  const many = sources.length + inline.size > 1;
  const changes = noChanges();
  let meanwhile = origin.sideBySide;
  for (const source of sources) {
    if (instruction.keyword === "ADD" && isRemote(source)) throw unfit(instruction.file, remoteGap(instruction));
    if (isOn(flags, "parents")) {
      copyWithParents(files, source, request, changes);
      continue;
    }
    const found = matchSource(source, request);
    if (found.length === 0) warn(source, instruction, origin, tools);
    for (const path of found) {
      const archive = unpacks(instruction) ? await archiveAt(path, origin) : undefined;
      if (archive === undefined) copyPath(files, path, many || found.length > 1, request, changes);
      else {
        meanwhile = false;
        await unpack(files, archive, request, changes, tools);
      }
    }
  }
  const written = { ...request, from: inlineFiles(inline), fromName: "the here-documents" };
  for (const name of inline.keys()) copyPath(files, name, many, written, changes);
  if (linked) layOver(below, files, changes);
  return await addLayer(stage, changes, instruction, tools, meanwhile);
}

function linkedNames(instruction: Instruction, chown: string): Failure {
  return problem("DOCKERFILE_INVALID", instruction, `--chown=${chown} names someone, and --link copies to where no names are known`, {
    text: instruction.text,
    hint: "Give numbers, such as --chown=1000:1000, or leave --link out.",
  });
}

function isOn(flags: ReadonlyMap<string, string | undefined>, name: string): boolean {
  return flags.has(name) && flags.get(name)?.toLowerCase() !== "false";
}

/** Lays what was copied apart over what is there: a directory takes the new one's mode and owner, all else is replaced. */
function layOver(below: RootFs, copied: RootFs, changes: Changes): void {
  for (const path of changes.nodes.keys()) {
    const node = copied.get(path);
    if (node !== undefined) put(below, path, node, noChanges());
  }
}

/** Whether a path, relative to its source, is left out. Variables are not expanded there, as BuildKit has it. */
function excludes({ flags }: Instruction): (path: string) => boolean {
  const patterns = pathPatterns(flags.flatMap(({ name, value }) => (name === "exclude" ? (value ?? []) : [])));
  return (path) => patterns.matches(path);
}

function warn(source: string, { file, line }: Instruction, { name }: Origin, { options }: StageTools): void {
  options.emit({ kind: "message", level: "warning", text: `${file}:${line}: ${source} matches nothing in ${name}, so nothing is copied` });
}

/** Where a COPY goes: absolute, `.` and what ends in a slash being directories. */
function destinationOf(written: string, workdir: string): string {
  const target = absolute(written, workdir);
  return /(?:^|\/)\.?$/.test(written) && !target.endsWith("/") ? `${target}/` : target;
}

function sourcesOf(
  words: readonly string[],
  { heredocs }: Instruction,
  expanded: (word: string) => string,
  text: (content: string) => string,
) {
  const inline = new Map<string, string>();
  const sources: string[] = [];
  for (const word of words) {
    const heredoc = heredocs.find((one) => one.word === word);
    if (heredoc === undefined) sources.push(expanded(word));
    else inline.set(heredoc.name, heredoc.expand ? text(heredoc.content) : heredoc.content);
  }
  return { sources, inline };
}

function inlineFiles(inline: ReadonlyMap<string, string>): SourceFs {
  return rootFs(
    [...inline].map(([name, content]): readonly [string, Node] => {
      const bytes = new TextEncoder().encode(content);
      return [name, { kind: "file", mode: 0o644, uid: 0, gid: 0, size: bytes.length, open: () => once(bytes) }];
    }),
  );
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

interface Archive {
  readonly name: string;
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly compression: Compression;
}

/** The archive at a path, links followed; undefined where there is none. */
async function archiveAt(path: string, { files }: Origin): Promise<Archive | undefined> {
  const node = files.get(resolvePath(files, path) ?? "");
  const compression = node?.kind === "file" ? await archiveKind(node.open) : undefined;
  if (node?.kind !== "file" || compression === undefined) return undefined;
  if (compression !== "bzip2" && compression !== "xz") return { name: path, open: node.open, compression };
  throw new Failure("ENGINE_UNFIT", `${path} is packed with ${compression}, which assemble does not unpack`, {
    hint: "Give --engine buildx, pack it with gzip or zstd, or write --unpack=false to add it as it is.",
  });
}

async function unpack(
  files: RootFs,
  archive: Archive,
  { destination, owner }: CopyRequest,
  changes: Changes,
  { spool }: StageTools,
): Promise<void> {
  const dir = landing(files, destination);
  makeDirectories(files, dir, { owner }, changes);
  await unpackInto(files, dir, { ...archive, owner }, changes, spool);
}
