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

/**
 * A run's annotations, each once.
 * @param folder where the repository is in the workspace, whose files GitHub shows annotations at; empty where it is the workspace
 */
export function annotations({ failures, findings, warnings = [] }: Noteworthy, folder = ""): readonly string[] {
  const lines = [
    ...failures.flatMap((failure) => failureAnnotations(failure, folder)),
    ...findings.flatMap((finding) => {
      const level = levels[finding.level];
      const place = { title: finding.code, file: inFolder(folder, finding.where?.file), line: finding.where?.line };
      return level === undefined ? [] : [annotation(level, withHint(finding.message, finding.hint), place)];
    }),
    ...warnings.map(({ text, hint }) => annotation("warning", withHint(text, hint))),
  ];
  return [...new Set(lines)].slice(0, 3 * shown);
}

/** What of a publication is annotated. */
export function noteworthy(reports: readonly Report[]): Noteworthy {
  return {
    failures: reports.flatMap(({ failures }) => failures),
    findings: reports.flatMap(({ images }) => images).flatMap((image) => image.findings),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

/** A failure as annotations: at its file and line where it has them, and each of several problems at its own. */
export function failureAnnotations({ code, message, hint, facts }: FailureReport, folder = ""): readonly string[] {
  const { file, line } = facts ?? {};
  const title = `${code} (exit ${codes[code].exit})`;
  if (typeof file !== "string") return [annotation("error", withHint(message, hint), { title })];
  const own = message.split("\n").flatMap((text) => placed(text, file) ?? []);
  const all = own.length > 1 ? own : [{ text: message, line: typeof line === "number" ? line : undefined }];
  return all.map((one, index) =>
    annotation("error", withHint(one.text, index === 0 ? hint : undefined), { title, file: inFolder(folder, file), line: one.line }),
  );
}

/** `waybill.yaml:3: what is wrong`, of that file. */
function placed(text: string, file: string): { readonly text: string; readonly line: number } | undefined {
  const [, line] = text.startsWith(`${file}:`) ? (/^:(\d+): /.exec(text.slice(file.length)) ?? []) : [];
  return line === undefined ? undefined : { text, line: Number(line) };
}

function inFolder(folder: string, file: string | undefined): string | undefined {
  return file === undefined || folder === "" ? file : `${folder}/${file}`;
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}
