import { type Mask, quoteForeign, redactText } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";

/** What is kept of a build's telling. */
export interface Told {
  /** The step that it was in, with what it last printed. */
  readonly step: { readonly name: string; readonly log: readonly string[] } | undefined;
  /** What it gave as the reason why it failed. */
  readonly error: string | undefined;
  /** Its last lines, whatever they say. */
  readonly rest: readonly string[];
  readonly steps: number;
  readonly cached: number;
}

const keptLines = 20;
/** `[2/3] STEP 4/7: RUN make`; the stage is told where there are several. It may stand behind words that RUN left without a line end. */
const stepLine = /^(.*?)(\[\d+\/\d+\] )?STEP (\d+\/\d+): ([A-Z]+(?:\s.*)?)$/;
const commitLine = /^(?:\[\d+\/\d+\] )?COMMIT(?: |$)/;
const cachedLine = /^--> Using cache [0-9a-f]+/;
const imageLine = /^--> (?:Pushing cache .*|[0-9a-f]{8,64})$/;
const errorLine = /^Error: (.*)$/;

interface Step {
  readonly id: string;
  readonly name: string;
  readonly log: string[];
  readonly since: number;
  state: "started" | "cached";
}

/** Turns lines that buildah prints into events: a step ends where the next one begins. */
export function progressReader(emit: Emit, mask: Mask) {
  const rest: string[] = [];
  let [current, error]: [Step | undefined, string | undefined] = [undefined, undefined];
  let [steps, cached] = [0, 0];

  const begin = (name: string): void => {
    steps += 1;
    current = { id: `#${steps}`, name: quoteForeign(mask(name), 200), log: [], since: performance.now(), state: "started" };
    emit({ kind: "build", id: current.id, name: current.name, state: "started" });
  };
  const end = (failed: boolean): void => {
    if (current === undefined) return;
    const { id, name, since, state } = current;
    if (state === "cached") cached += 1;
    emit({ kind: "build", id, name, state: failed ? "failed" : state === "cached" ? "cached" : "done", ms: performance.now() - since });
    if (!failed) current = undefined;
  };
  const say = (text: string): void => {
    keep(rest, text);
    error = errorLine.exec(text)?.[1] ?? error;
    if (current === undefined) return;
    keep(current.log, text);
    emit({ kind: "build", id: current.id, name: current.name, state: "log", log: quoteForeign(text, 10_000) });
  };
  return {
    hear(line: string): void {
      const text = redactText(mask(line)).trimEnd();
      if (text === "") return;
      const [, before = "", stage = "", step, instruction = ""] = stepLine.exec(text) ?? [];
      if (step !== undefined) {
        if (before !== "") say(before);
        end(false);
        begin(`${stage}${step} ${instruction}`);
      } else if (commitLine.test(text)) end(false);
      else if (cachedLine.test(text)) {
        if (current !== undefined) current.state = "cached";
      } else if (!imageLine.test(text)) say(text);
    },
    /** That it ended. */
    ended(well: boolean): void {
      end(!well);
    },
    /** What it is doing. */
    running: (): string | undefined => current?.name,
    told: (): Told => ({ step: current && { name: current.name, log: current.log }, error, rest, steps, cached }),
  };
}

function keep(lines: string[], line: string): void {
  lines.push(line.slice(0, 1_000));
  if (lines.length > keptLines) lines.shift();
}
