import { codes, type FailureReport, quoteForeign, worstExit } from "../failure/index.ts";
import type { Report } from "./report.ts";

/** One thing that failed. */
interface FailedPart {
  /** Full object name; absent where it failed before the commit was known. */
  readonly commit?: string | undefined;
  readonly image?: string | undefined;
  readonly code: FailureReport["code"];
  readonly message: string;
  readonly hint?: string | undefined;
}

/** News of a failed publication, for a webhook. Fields are added to a version, never changed or removed. */
export interface FailureNotice extends FailedPart {
  readonly schemaVersion: 1;
  readonly kind: "failure";
  readonly command: "publish";
  /** All of it in a few lines, as Slack's incoming webhooks show it: `&`, `<` and `>` are escaped. */
  readonly text: string;
  readonly exitCode: number;
  readonly branch?: string | undefined;
  /** Where the run can be looked up. */
  readonly run?: string | undefined;
  /** All that failed; the worst of it stands above. At most a hundred. */
  readonly failures: readonly FailedPart[];
}

/** What is said of a run besides what failed in it. */
interface Around {
  readonly commit?: string | undefined;
  readonly branch?: string | undefined;
  readonly run?: string | undefined;
}

/** News of what failed in a run that has reports; undefined where nothing did. */
export function noticeOfReports(reports: readonly Report[], run: string | undefined): FailureNotice | undefined {
  const parts = reports.flatMap(({ commit, images }) =>
    images.flatMap(({ name, failure }) => (failure === undefined ? [] : [{ commit: commit.sha, image: name, ...partOf(failure) }])),
  );
  const worst = worstExit(parts.map(({ code }) => codes[code].exit));
  const first = parts.find(({ code }) => codes[code].exit === worst);
  return first && notice(first, parts, { branch: reports.at(-1)?.commit.branch, run });
}

/** News of a failure that came before there was a report. */
export function noticeOfFailure(failure: FailureReport, around: Around): FailureNotice {
  const part = { commit: around.commit, ...partOf(failure) };
  return notice(part, [part], around);
}

function partOf({ code, message, hint }: FailureReport): Pick<FailedPart, "code" | "message" | "hint"> {
  return { code, message: quoteForeign(message, 2000), hint: hint === undefined ? undefined : quoteForeign(hint, 1000) };
}

function notice(first: FailedPart, failures: readonly FailedPart[], { branch, run }: Around): FailureNotice {
  const exitCode = codes[first.code].exit;
  return {
    schemaVersion: 1,
    kind: "failure",
    command: "publish",
    text: textOf(first, failures.length, exitCode, { branch, run }),
    ...first,
    exitCode,
    branch,
    run,
    failures: failures.slice(0, 100),
  };
}

function textOf({ image, commit, code, message, hint }: FailedPart, many: number, exitCode: number, { branch, run }: Around): string {
  const what = image === undefined ? "the publication" : image;
  const of = commit === undefined ? "" : ` of commit ${commit.slice(0, 12)}${branch === undefined ? "" : ` on ${branch}`}`;
  return [
    `waybill: ${what}${of} failed: ${code}, exit ${exitCode}`,
    message,
    ...(hint === undefined ? [] : [hint]),
    ...(many > 1 ? [`and ${many - 1} more`] : []),
    ...(run === undefined ? [] : [run]),
  ]
    .join("\n")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}
