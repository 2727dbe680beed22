import { codes, type FailureReport } from "../failure/index.ts";
import type { Finding, Report } from "../report/index.ts";
import { type AnnotationLevel, annotation } from "./commands.ts";

const levels: Readonly<Record<Finding["level"], AnnotationLevel | undefined>> = { error: "error", warning: "warning", note: undefined };
/** GitHub shows ten of a level for a step; what comes after them is only in the log. */
const shown = 10;

/** What a run's annotations are made of: its failures, its findings, and what a person should look at. */
export interface Noteworthy {
  readonly failures: readonly FailureReport[];
  readonly findings: readonly Finding[];
  readonly warnings?: Report["warnings"];
}

/** A run's annotations, each once. */
export function annotations({ failures, findings, warnings = [] }: Noteworthy): readonly string[] {
  const lines = [
    ...failures.map(failureAnnotation),
    ...findings.flatMap((finding) => {
      const level = levels[finding.level];
      const place = { title: finding.code, file: finding.where?.file, line: finding.where?.line };
      return level === undefined ? [] : [annotation(level, withHint(finding.message, finding.hint), place)];
    }),
    ...warnings.map(({ text, hint }) => annotation("warning", withHint(text, hint))),
  ];
  return [...new Set(lines)].slice(0, 3 * shown);
}

/** What of a publication is annotated. */
export function noteworthy({ failures, images, warnings }: Report): Noteworthy {
  return { failures, findings: images.flatMap((image) => image.findings), warnings };
}

/** A failure as an annotation, at its file and line where it has them. */
export function failureAnnotation({ code, message, hint, facts }: FailureReport): string {
  const { file, line } = facts ?? {};
  const place = { file: typeof file === "string" ? file : undefined, line: typeof line === "number" ? line : undefined };
  return annotation("error", withHint(message, hint), { title: `${code} (exit ${codes[code].exit})`, ...place });
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}
