import { Failure } from "../../failure/index.ts";
import type { Compression } from "../../validate/index.ts";
import type { Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { jsonWords, plainWords } from "../dockerfile/words.ts";
import { type Changes, copyFiles, landing, makeDirectories, type Owner } from "./copy.ts";
import { ignored } from "./ignore.ts";
import { modeOf, ownerOf } from "./owner.ts";
import { type Node, type RootFs, resolvePath, rootFs } from "./rootfs.ts";
import { absolute } from "./settings.ts";
import { addLayer, expandIn, remember, type StageState, type StageTools, workdir } from "./stage.ts";
import { archiveKind, unpackInto } from "./unpack.ts";

/** Where a COPY or ADD takes files from. */
export interface Origin {
  readonly files: RootFs;
  readonly name: string;
}

/** WORKDIR: sets the directory, and makes it where it is not there. */
export async function workIn(stage: StageState, instruction: Instruction, tools: StageTools): Promise<void> {
  const path = absolute(expandIn(stage, instruction.rest, instruction, tools), workdir(stage)).replace(/(.)\/$/, "$1");
  stage.settings.runtime = { ...stage.settings.runtime, WorkingDir: path };
  const files = await stage.files();
  const changes: Changes = new Map();
  makeDirectories(files, landing(files, path), { owner: undefined }, changes);
  if (changes.size === 0) remember(stage, instruction, tools, false);
  else await addLayer(stage, changes, instruction, tools);
}

/**
 * COPY, and ADD of local files: a layer of what is copied.
 * @throws Failure CONTEXT_INVALID, DOCKERFILE_INVALID with file and line
 */
export async function copyInto(stage: StageState, instruction: Instruction, origin: Origin, tools: StageTools): Promise<void> {
  const expanded = (word: string): string => expandIn(stage, word, instruction, tools);
  const words = jsonWords(instruction.rest) ?? plainWords(instruction.rest);
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined) {
    throw problem("DOCKERFILE_INVALID", instruction, `${instruction.keyword} takes a source and a destination`, {
      text: instruction.text,
      hint: `Write ${instruction.keyword} SOURCE DESTINATION.`,
    });
  }
  const flag = (name: string): string | undefined => {
    const value = instruction.flags.find((one) => one.name === name)?.value;
    return value === undefined ? undefined : expanded(value);
  };
  const files = await stage.files();
  const chown = flag("chown");
  const chmod = flag("chmod");
  const owner = chown === undefined ? undefined : await ownerOf(chown, files, instruction);
  const excludes = instruction.flags
    .filter((one) => one.name === "exclude" && one.value !== undefined)
    .map((one) => expanded(one.value ?? ""));
  const { sources, inline } = sourcesOf(words.slice(0, -1), instruction, expanded);
  const target = absolute(expanded(destination), workdir(stage));
  const request = {
    destination: destinationOf(destination, target, sources.length + inline.size),
    owner,
    mode: chmod === undefined ? undefined : modeOf(chmod, instruction),
    excluded: excludes.length === 0 ? () => false : ignored(excludes.join("\n")),
  };
  const { archives, plain } = await archivesOf(instruction, sources, origin);
  const changes: Changes = new Map();
  for (const archive of archives) await unpack(files, archive, request.destination, owner, changes);
  const written = inlineFiles(inline);
  const copied = [
    ...(plain.length === 0 ? [] : [copyFiles(files, { ...request, from: origin.files, fromName: origin.name, sources: plain })]),
    ...(inline.size === 0
      ? []
      : [copyFiles(files, { ...request, from: written, fromName: "the here-documents", sources: [...inline.keys()] })]),
  ];
  for (const source of copied.flatMap(({ unmatched }) => unmatched)) {
    tools.options.emit({
      kind: "message",
      level: "warning",
      text: `${instruction.file}:${instruction.line}: ${source} matches nothing in ${origin.name}, so nothing is copied`,
    });
  }
  for (const one of copied) for (const [path, entry] of one.changes) changes.set(path, entry);
  await addLayer(stage, changes, instruction, tools);
}

/** `.` and what ends in a slash are directories; so is what takes more than one file, if it was written as one. */
function destinationOf(written: string, target: string, count: number): string {
  const directory = written.endsWith("/") || written === "." || written.endsWith("/.") || target === "/";
  return directory && !target.endsWith("/") ? `${target}/` : count > 1 && directory ? target : target;
}

function sourcesOf(words: readonly string[], { heredocs }: Instruction, expanded: (word: string) => string) {
  const inline = new Map<string, string>();
  const sources: string[] = [];
  for (const word of words) {
    const heredoc = heredocs.find((one) => one.word === word);
    if (heredoc === undefined) sources.push(expanded(word));
    else inline.set(heredoc.name, heredoc.expand ? expandText(heredoc.content, expanded) : heredoc.content);
  }
  return { sources, inline };
}

/** Variables in a here-document are expanded, quotes in it are text. */
function expandText(content: string, expanded: (word: string) => string): string {
  return content.replace(/\\\$|\$(?:\{[^}\n]*\}|[A-Za-z_][A-Za-z0-9_]*)/g, (match) => (match.startsWith("\\") ? "$" : expanded(match)));
}

function inlineFiles(inline: ReadonlyMap<string, string>): RootFs {
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

/** Parts an ADD's sources into archives, which are unpacked, and all others. */
async function archivesOf(
  instruction: Instruction,
  sources: readonly string[],
  origin: Origin,
): Promise<{ readonly archives: readonly Archive[]; readonly plain: readonly string[] }> {
  const wanted = instruction.keyword === "ADD" && instruction.flags.find((one) => one.name === "unpack")?.value !== "false";
  if (!wanted) return { archives: [], plain: sources };
  const archives: Archive[] = [];
  const plain: string[] = [];
  for (const source of sources) {
    const node = origin.files.get(resolvePath(origin.files, source) ?? "");
    const compression = node?.kind === "file" ? await archiveKind(node.open) : undefined;
    if (compression === "unfit") {
      throw new Failure("ENGINE_UNFIT", `${source} is packed with bzip2 or xz, which assemble does not unpack`, {
        hint: "Give --engine buildx, or pack it with gzip or zstd.",
      });
    }
    if (node?.kind === "file" && compression !== undefined) archives.push({ name: source, open: node.open, compression });
    else plain.push(source);
  }
  return { archives, plain };
}

async function unpack(files: RootFs, archive: Archive, destination: string, owner: Owner | undefined, changes: Changes): Promise<void> {
  const dir = landing(files, destination);
  makeDirectories(files, dir, { owner }, changes);
  await unpackInto(files, dir, { ...archive, owner }, changes);
}
