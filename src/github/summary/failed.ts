import { codes, type FailureReport } from "../../failure/index.ts";
import { md } from "../markdown.ts";
import type { Block } from "../page.ts";
import { failureBlock, marks } from "./seen.ts";

/** A command that failed before it could tell more, as a page. */
export function failedPage(command: string, failure: FailureReport): readonly Block[] {
  return [
    { head: [md`### ${{ markdown: marks.error }} waybill ${command} failed (exit ${codes[failure.code].exit})`.markdown] },
    ...failureBlock(failure),
  ];
}
