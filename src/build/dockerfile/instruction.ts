import type { Directives, Heredoc } from "./lines.ts";
import type { Place } from "./problem.ts";
import type { Flag } from "./words.ts";

/** One instruction as it stands in the Dockerfile; nothing is expanded yet. */
export interface Instruction extends Place {
  /** In upper case: `COPY`. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows keyword and flags. */
  readonly rest: string;
  /** The whole line, for history and messages. */
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
}

/** A build stage: FROM and what follows it. */
export interface Stage {
  readonly from: Instruction;
  /** The image or stage that it is built upon; variables are not expanded. */
  readonly base: string;
  readonly name: string | undefined;
  readonly platform: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile, parsed. */
export interface Dockerfile {
  readonly name: string;
  /** `\` or `` ` ``. */
  readonly escapeChar: string;
  /** The frontend that the syntax directive names. */
  readonly syntax: string | undefined;
  /** All directives, and where they stand. */
  readonly directives: Directives;
  /** ARG instructions before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly [Stage, ...Stage[]];
}
