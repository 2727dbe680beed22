import type { FailureReport } from "../../failure/index.ts";
import type { Finding, Report } from "../../report/index.ts";
import { code, fence, joined, type Markdown, md } from "../markdown.ts";
import type { Block } from "../page.ts";

/** What catches the eye, by what it means. */
export const marks: Readonly<Record<Finding["level"] | "done", string>> = { error: "❌", warning: "⚠️", note: "ℹ️", done: "✅" };
const order: readonly Finding["level"][] = ["error", "warning", "note"];

/** What the checks saw, the worst first, each with where it was and what to do. */
export function findingsBlock(findings: readonly Finding[]): readonly Block[] {
  if (findings.length === 0) return [];
  const sorted = order.flatMap((level) => findings.filter((one) => one.level === level));
  return [
    {
      rows: sorted.map(({ level, code: name, message, hint, where }) => () => {
        const line = where?.line === undefined ? "" : `:${where.line}`;
        const places = [
          ...(where?.file === undefined ? [] : [`${where.file}${line}`]),
          ...(where?.destination === undefined ? [] : [where.destination]),
        ].map((place) => code(place));
        return said(level, name, message, hint, places);
      }),
    },
  ];
}

/** What a person should look at beside the findings. */
export function warningsBlock(warnings: Report["warnings"]): Block {
  return {
    rows: warnings.map(
      ({ text, hint }) =>
        () =>
          said("warning", undefined, text, hint, []),
    ),
  };
}

/** What failed and what to do; words of a program in the lines that it said them in. */
export function failureBlock(failure: FailureReport): readonly Block[] {
  const [first = "", ...rest] = failure.message.split("\n");
  const { file, line } = failure.facts ?? {};
  // Mostly the message begins with it.
  const places = typeof file !== "string" || first.includes(file) ? [] : [code(typeof line === "number" ? `${file}:${line}` : file)];
  return [
    {
      head: [
        said("error", failure.code, first, failure.hint, places),
        ...(rest.length === 0 ? [] : ["", ...fence(rest.map((one) => one.replace(/^ {2}\| /, "")))]),
      ],
    },
  ];
}

function said(
  level: Finding["level"],
  name: string | undefined,
  text: string,
  hint: string | undefined,
  places: readonly Markdown[],
): string {
  const pieces = [
    md`- ${{ markdown: marks[level] }}`,
    ...(name === undefined ? [] : [md`**${name}**`]),
    md`${text}`,
    ...places,
    ...(hint === undefined ? [] : [md`<br>→ ${hint}`]),
  ];
  return joined(pieces).markdown;
}
