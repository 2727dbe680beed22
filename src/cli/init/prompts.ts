import { createInterface, type Interface } from "node:readline/promises";
import { Failure } from "../../failure/index.ts";
import type { Edge } from "../edge.ts";

/** Asks a person at a terminal. */
export interface Prompts extends Disposable {
  /**
   * One line. Asked again until it is right; an empty answer takes what is suggested.
   * @param wrong what is wrong with an answer, or undefined
   */
  text(question: string, suggested: string | undefined, wrong: (answer: string) => string | undefined): Promise<string>;
  /** One of several, by number. */
  choice(question: string, choices: readonly string[]): Promise<string>;
  yes(question: string, suggested: boolean): Promise<boolean>;
}

/** Whether somebody can be asked: both ends are a terminal, and it is no CI's. */
export function canAsk({ stdin, stderr, env }: Edge): boolean {
  return stdin?.isTTY === true && stderr.isTTY === true && !env["CI"];
}

/** Questions on standard error, so that results can be piped. @throws Failure INTERRUPTED (Ctrl-C), USAGE (Ctrl-D) from each question */
export function promptsAt({ stdin, stderr }: Edge): Prompts {
  if (stdin === undefined) throw new Failure("DEFECT", "there is no terminal to ask at");
  const lines: Interface = createInterface({ input: stdin, output: stderr, terminal: true });
  const ended = new AbortController();
  lines.on("SIGINT", () => ended.abort(new Failure("INTERRUPTED", "interrupted; nothing was written")));
  lines.on("close", () => ended.abort(new Failure("USAGE", "the input ended before the last question; nothing was written")));
  const ask = async (question: string): Promise<string> => {
    try {
      return (await lines.question(question, { signal: ended.signal })).trim();
    } catch (thrown) {
      if (!ended.signal.aborted) throw thrown;
      stderr.write("\n");
      throw ended.signal.reason;
    }
  };
  const prompts: Prompts = {
    async text(question, suggested, wrong) {
      for (;;) {
        const answer = (await ask(`${question}${suggested === undefined ? "" : ` [${suggested}]`}: `)) || suggested || "";
        const why = answer === "" ? "an answer is needed" : wrong(answer);
        if (why === undefined) return answer;
        stderr.write(`  ${why}\n`);
      }
    },
    async choice(question, choices) {
      stderr.write(`${question}\n${choices.map((one, at) => `  ${at + 1}  ${one}\n`).join("")}`);
      const wrong = (answer: string): string | undefined =>
        choices[Number(answer) - 1] === undefined && !choices.includes(answer) ? `a number from 1 to ${choices.length}` : undefined;
      const answer = await prompts.text("Which one", "1", wrong);
      return choices[Number(answer) - 1] ?? answer;
    },
    async yes(question, suggested) {
      const wrong = (answer: string): string | undefined => (/^(?:y|yes|n|no)$/i.test(answer) ? undefined : "y or n");
      const answer = await prompts.text(question, suggested ? "yes" : "no", wrong);
      return /^y/i.test(answer);
    },
    [Symbol.dispose]: () => lines.close(),
  };
  return prompts;
}
