import { codes, type FailureReport, worstExit } from "../../failure/index.ts";
import { md } from "../markdown.ts";
import type { Block } from "../page.ts";
import { failureBlock, marks } from "./seen.ts";

/** A command that failed before it could tell more, as a page. */
export function failedPage(command: string, failures: readonly FailureReport[]): readonly Block[] {
  const exit = worstExit(failures.map(({ code }) => codes[code].exit));
  return [
    { head: [md`### ${{ markdown: marks.error }} waybill ${command} failed (exit ${exit})`.markdown] },
    ...failures.flatMap(failureBlock),
  ];
}
