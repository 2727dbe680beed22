import { githubOutputs, workflowPath } from "../github/index.ts";
import type { PushReports } from "../publish/index.ts";
import type { Emit, GithubRecord, Report } from "../report/index.ts";
import type { Edge } from "./edge.ts";
import { droppedWarnings } from "./github.ts";

/** Reports with what GitHub was told of them, oldest first. */
export async function withRecords(
  { every, reports }: PushReports,
  tell: (report: Report) => Promise<GithubRecord>,
  emit: Emit,
): Promise<PushReports> {
  const told: Report[] = [];
  for (const report of reports) {
    const github = await tell(report);
    const { deployments, stored, notes } = github;
    if (deployments.length + stored.length > 0)
      emit({
        kind: "message",
        level: "info",
        text: `recorded at GitHub: ${deployments.length} ${deployments.length === 1 ? "deployment" : "deployments"}, ${stored.length} storage ${stored.length === 1 ? "record" : "records"}`,
      });
    for (const text of notes) emit({ kind: "message", level: "info", text });
    told.push({ ...report, github });
  }
  const [first = reports[0], ...others] = told;
  return { every, reports: [first, ...others] };
}

/** The newest report of a run with a warning of each output that GitHub will drop. */
export async function withDropped({ every, reports }: PushReports, emit: Emit, edge: Edge): Promise<PushReports> {
  // All outputs are made for this, which nobody needs where no workflow can hand them on.
  if (workflowPath(edge.env) === undefined) return { every, reports };
  const [newest = reports[0]] = reports.slice(-1);
  const dropped = await droppedWarnings(githubOutputs(newest, every ? reports : undefined), edge);
  for (const warning of dropped) emit({ kind: "message", level: "warning", ...warning });
  const last = { ...newest, warnings: [...newest.warnings, ...dropped] };
  const [first = last, ...others] = [...reports.slice(0, -1), last];
  return { every, reports: [first, ...others] };
}
