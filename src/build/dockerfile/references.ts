import type { Instruction, Stage } from "./instruction.ts";
import { problem } from "./problem.ts";

/**
 * Checks that what a COPY takes from a stage comes from an earlier one: one that comes later is not there yet.
 * @throws Failure DOCKERFILE_INVALID
 */
export function checkStageNames(stages: readonly Stage[]): void {
  for (const [index, { instructions }] of stages.entries()) {
    for (const instruction of instructions) {
      const from = fromOf(instruction);
      if (from === undefined) continue;
      const named = stageCalled(stages, from);
      if (named === undefined || named < index) continue;
      throw problem("DOCKERFILE_INVALID", instruction, wrong(stages, from, named, index), {
        text: instruction.text,
        hint:
          index === 0
            ? "Copy from an image, or from the context without --from."
            : `Copy from an earlier stage: ${namesOf(stages, index)}.`,
      });
    }
  }
}

function wrong(stages: readonly Stage[], from: string, named: number, index: number): string {
  const stage = stages[named];
  if (stage === undefined) return `there is no stage ${from}: the file has ${stages.length}, counted from 0`;
  if (named === index) return `--from=${from} is the stage itself`;
  const circle = reaches(stages, named, index) ? ", and takes from this one itself: they go in a circle" : "";
  return `--from=${from} is a stage that only begins at line ${stage.from.line}${circle}`;
}

/** The stage that a name or number means; of numbers beyond the last, the number. */
function stageCalled(stages: readonly Stage[], name: string): number | undefined {
  const named = stages.findIndex((stage) => stage.name === name.toLowerCase());
  if (named !== -1) return named;
  return /^\d{1,6}$/.test(name) ? Number(name) : undefined;
}

/** Whether a stage takes from another, by FROM or COPY, directly or not. */
function reaches(stages: readonly Stage[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === to) return true;
    const stage = stages[at];
    if (stage === undefined || seen.has(at)) continue;
    seen.add(at);
    const base = stages.findIndex((one, index) => index < (at ?? 0) && one.name === stage.base.toLowerCase());
    waiting.push(...stage.instructions.flatMap((one) => stageCalled(stages, fromOf(one) ?? "") ?? []), ...(base === -1 ? [] : [base]));
  }
  return false;
}

function fromOf({ keyword, flags }: Instruction): string | undefined {
  return keyword === "COPY" ? flags.find(({ name }) => name === "from")?.value : undefined;
}

function namesOf(stages: readonly Stage[], below: number): string {
  return stages
    .slice(0, below)
    .map(({ name }, index) => name ?? String(index))
    .slice(-5)
    .join(", ");
}
