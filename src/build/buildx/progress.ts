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
  readonly logs?: readonly { readonly vertex: string; readonly data: string }[];
}

/** What is kept of a build's telling, for a failure's message. */
export interface Told {
  /** The step that failed, with what it last printed. */
  readonly failed: { readonly name: string; readonly error: string; readonly log: readonly string[] } | undefined;
  /** The last lines that were no progress. */
  readonly rest: readonly string[];
}

const keptLines = 20;

/** Turns lines of BuildKit's progress into events. */
export function progressReader(emit: Emit): { hear(line: string): void; told(): Told } {
  const steps = new Map<string, { readonly id: string; readonly name: string; readonly log: string[]; done: boolean }>();
  const rest: string[] = [];
  let failed: Told["failed"];
  const hearVertex = ({ digest, name, started, completed, cached, error }: Vertex): void => {
    const known = steps.get(digest);
    const step = known ?? { id: `#${steps.size + 1}`, name: quoteForeign(name, 200), log: [], done: false };
    steps.set(digest, step);
    if (known === undefined && started !== undefined) emit({ kind: "build", id: step.id, name: step.name, state: "started" });
    if (completed === undefined || step.done) return;
    step.done = true;
    const ms = started === undefined ? undefined : Math.max(0, Date.parse(completed) - Date.parse(started));
    emit({ kind: "build", id: step.id, name: step.name, state: error ? "failed" : cached ? "cached" : "done", ms });
    if (error && !/context canceled/i.test(error)) failed = { name: step.name, error: quoteForeign(error, 500), log: step.log };
  };
  return {
    hear(line) {
      const status = parse(line);
      if (status === undefined) {
        if (line.trim() !== "") keep(rest, quoteForeign(line));
        return;
      }
      for (const vertex of status.vertexes ?? []) hearVertex(vertex);
      for (const { vertex, data } of status.logs ?? []) {
        const step = steps.get(vertex);
        if (step === undefined) continue;
        const lines = redactText(Buffer.from(data, "base64").toString("utf8"))
          .split(/[\r\n]+/)
          .filter((one) => one.trim() !== "");
        for (const one of lines) keep(step.log, one);
        if (lines.length > 0) emit({ kind: "build", id: step.id, name: step.name, state: "log", log: lines.join("\n") });
      }
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
