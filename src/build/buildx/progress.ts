import { StringDecoder } from "node:string_decoder";
import { quoteForeign, redactText } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";

/** One step of a build, as BuildKit tells it (moby/buildkit, client.Vertex). */
interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

/** A line of `--progress=rawjson` (moby/buildkit, client.SolveStatus). */
interface Status {
  readonly vertexes?: readonly Vertex[];
  readonly logs?: readonly { readonly vertex: string; readonly stream?: number; readonly data: string }[];
}

/** What is kept of a build's telling. */
export interface Told {
  /** The step that failed, with what it last printed. */
  readonly failed: { readonly name: string; readonly error: string; readonly log: readonly string[] } | undefined;
  /** The last lines that were no progress. */
  readonly rest: readonly string[];
  /** The Dockerfile's steps that were done, FROM left out, and how many of them a cache had. */
  readonly steps: number;
  readonly cached: number;
  /** The export of the cache, where one began. */
  readonly cacheExport: { readonly done: boolean; readonly ms?: number | undefined; readonly error?: string | undefined } | undefined;
}

/** Hears a build's progress. */
export interface ProgressReader {
  hear(line: string): void;
  told(): Told;
  /** Names of the steps that go on now. */
  running(): readonly string[];
}

const keptLines = 20;
/** Characters after which a line is shown though it goes on. */
const longestLine = 10_000;

/** What is known of one step. */
interface Step {
  readonly id: string;
  readonly name: string;
  readonly log: string[];
  /** What each stream printed since its last line end. */
  readonly open: Map<number, { text: string; readonly decoder: StringDecoder }>;
  begun: boolean;
  done: boolean;
}

/** BuildKit's names of what it does beside a Dockerfile's steps; the cache of GitHub Actions has one of its own. */
const exportsCache = /^exporting (?:cache\b|to GitHub Actions Cache)/;
const exportsImage = /^exporting to (?!GitHub Actions Cache)/;
const importsCache = /^importing cache manifest/;
const instruction = /^\[(?!internal\])[^\]]*\] (?!FROM )/;

/** Whether a step of this name writes the image. */
export function isImageExport(name: string): boolean {
  return exportsImage.test(name);
}

/**
 * Turns lines of BuildKit's progress into events.
 * @param mask takes the values of secrets out of all that is told
 */
export function progressReader(emit: Emit, mask: (text: string) => string = (text) => text): ProgressReader {
  const steps = new Map<string, Step>();
  const rest: string[] = [];
  let failed: Told["failed"];
  let cacheExport: Told["cacheExport"];
  const counted = { steps: 0, cached: 0 };
  const say = (step: Step, texts: readonly string[]): void => {
    const lines = texts.map((one) => redactText(mask(one))).filter((one) => one.trim() !== "");
    for (const one of lines) keep(step.log, one);
    if (lines.length > 0) emit({ kind: "build", id: step.id, name: step.name, state: "log", log: lines.join("\n") });
  };
  const hearVertex = ({ digest, name, started, completed, cached, error }: Vertex): void => {
    const step = steps.get(digest) ?? {
      id: `#${steps.size + 1}`,
      name: quoteForeign(mask(name), 200),
      log: [],
      open: new Map(),
      begun: false,
      done: false,
    };
    steps.set(digest, step);
    // A step is told of when it is known, again when it begins, and again when it ends.
    if (started !== undefined && !step.begun) {
      step.begun = true;
      emit({ kind: "build", id: step.id, name: step.name, state: "started" });
      if (exportsCache.test(step.name)) cacheExport = { done: false };
    }
    if (completed === undefined || step.done) return;
    step.done = true;
    say(
      step,
      [...step.open.values()].map(({ text }) => text),
    );
    const ms = started === undefined ? undefined : Math.max(0, Date.parse(completed) - Date.parse(started));
    const shown = error ? quoteForeign(mask(error), 500) : undefined;
    if (exportsCache.test(step.name)) cacheExport = { done: true, ms, error: shown };
    // A cache that is not there yet is nothing that went wrong.
    const absent = shown !== undefined && importsCache.test(step.name);
    if (absent) say(step, [`no cache: ${shown}`]);
    emit({ kind: "build", id: step.id, name: step.name, state: absent ? "done" : shown ? "failed" : cached ? "cached" : "done", ms });
    if (shown !== undefined && !absent && !exportsCache.test(step.name) && !/context canceled/i.test(shown))
      failed = { name: step.name, error: shown, log: step.log };
    if (shown === undefined && instruction.test(step.name)) {
      counted.steps += 1;
      counted.cached += cached ? 1 : 0;
    }
  };
  const hearLog = (step: Step, stream: number, data: string): void => {
    // BuildKit sends what a program writes as it comes, in pieces that end within lines and characters.
    const open = step.open.get(stream) ?? { text: "", decoder: new StringDecoder("utf8") };
    step.open.set(stream, open);
    const lines = (open.text + open.decoder.write(Buffer.from(data, "base64"))).split(/[\r\n]+/);
    const last = lines.pop() ?? "";
    const cut = last.length > longestLine;
    open.text = cut ? "" : last;
    say(step, cut ? [...lines, last] : lines);
  };
  return {
    hear(line) {
      const status = parse(line);
      if (status === undefined) {
        if (/\S/.test(line)) keep(rest, quoteForeign(mask(line.slice(0, longestLine))));
        return;
      }
      // Before the steps' ends, which come in the same line as their last words.
      for (const vertex of status.vertexes ?? []) if (vertex.completed === undefined) hearVertex(vertex);
      for (const { vertex, stream = 1, data } of status.logs ?? []) {
        const step = steps.get(vertex);
        if (step !== undefined) hearLog(step, stream, data);
      }
      for (const vertex of status.vertexes ?? []) if (vertex.completed !== undefined) hearVertex(vertex);
    },
    told: () => ({ failed, rest, ...counted, cacheExport }),
    running: () => [...steps.values()].filter(({ begun, done }) => begun && !done).map(({ name }) => name),
  };
}

/** A line as progress; undefined where it is anything else, JSON of another shape too: what stands there as docker may be something else. */
function parse(line: string): Status | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return listOf(value["vertexes"], isVertex) && listOf(value["logs"], isLog) ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

function listOf(value: unknown, is: (one: Readonly<Record<string, unknown>>) => boolean): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && is(one));
}

function isVertex({ digest, name, started, completed, error }: Readonly<Record<string, unknown>>): boolean {
  const text = (one: unknown): boolean => one === undefined || typeof one === "string";
  return typeof digest === "string" && typeof name === "string" && text(started) && text(completed) && text(error);
}

function isLog({ vertex, data }: Readonly<Record<string, unknown>>): boolean {
  return typeof vertex === "string" && typeof data === "string";
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > keptLines) lines.shift();
}
