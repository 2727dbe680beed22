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

/** What is kept of a build's telling, for a failure's message. */
export interface Told {
  /** The step that failed, with what it last printed. */
  readonly failed: { readonly name: string; readonly error: string; readonly log: readonly string[] } | undefined;
  /** The last lines that were no progress. */
  readonly rest: readonly string[];
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

/** Turns lines of BuildKit's progress into events. */
export function progressReader(emit: Emit): { hear(line: string): void; told(): Told } {
  const steps = new Map<string, Step>();
  const rest: string[] = [];
  let failed: Told["failed"];
  const say = (step: Step, texts: readonly string[]): void => {
    const lines = texts.map(redactText).filter((one) => one.trim() !== "");
    for (const one of lines) keep(step.log, one);
    if (lines.length > 0) emit({ kind: "build", id: step.id, name: step.name, state: "log", log: lines.join("\n") });
  };
  const hearVertex = ({ digest, name, started, completed, cached, error }: Vertex): void => {
    const step = steps.get(digest) ?? {
      id: `#${steps.size + 1}`,
      name: quoteForeign(name, 200),
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
    }
    if (completed === undefined || step.done) return;
    step.done = true;
    say(
      step,
      [...step.open.values()].map(({ text }) => text),
    );
    const ms = started === undefined ? undefined : Math.max(0, Date.parse(completed) - Date.parse(started));
    emit({ kind: "build", id: step.id, name: step.name, state: error ? "failed" : cached ? "cached" : "done", ms });
    if (error && !/context canceled/i.test(error)) failed = { name: step.name, error: quoteForeign(error, 500), log: step.log };
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
        if (line.trim() !== "") keep(rest, quoteForeign(line));
        return;
      }
      // Before the steps' ends, which come in the same line as their last words.
      for (const vertex of status.vertexes ?? []) if (vertex.completed === undefined) hearVertex(vertex);
      for (const { vertex, stream = 1, data } of status.logs ?? []) {
        const step = steps.get(vertex);
        if (step !== undefined && typeof data === "string") hearLog(step, stream, data);
      }
      for (const vertex of status.vertexes ?? []) if (vertex.completed !== undefined) hearVertex(vertex);
    },
    told: () => ({ failed, rest }),
  };
}

function parse(line: string): Status | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > keptLines) lines.shift();
}
