import { type Settings, type Webhook, webhookFromEnvironment } from "../config/index.ts";
import { Failure, failureReport, toFailure } from "../failure/index.ts";
import { annotation } from "../github/index.ts";
import { type FailureNotice, noticeOfFailure, noticeOfReports, type Report } from "../report/index.ts";
import { askOnce } from "../store/index.ts";
import type { Edge } from "./edge.ts";
import { runFacts } from "./github.ts";
import { reachOf } from "./reach.ts";

/** Longest that a webhook is waited for, in milliseconds: a run that failed is not to hang. */
const patienceMs = 10_000;
/** The most bytes of its answer, which nobody reads. */
const limit = 64 * 1024;

/** Tells a webhook of what fails; nothing that happens in this changes how the run ends. */
export interface FailureNews {
  /** Where news goes and how servers are reached, once the settings are known. */
  configured(settings: Pick<Settings, "onFailure" | "caFile">): void;
  /** Of a run that has reports; nothing where none of them failed. */
  ofReports(reports: readonly Report[]): Promise<void>;
  /** Of what ended the run before it had one. */
  ofFailure(thrown: unknown, commit: string | undefined): Promise<void>;
}

/**
 * What tells of the failures of one run. A run that was interrupted is none, and its time is short.
 * @param patience ends the wait for the webhook
 */
export function failureNews(
  options: { readonly caFile?: string | undefined },
  edge: Edge,
  patience: () => AbortSignal = () => AbortSignal.timeout(patienceMs),
): FailureNews {
  let webhook = fromEnvironment(edge);
  let reach = reachOf(options, edge);
  const run = runFacts(edge)?.["link"];
  const tell = async (notice: FailureNotice | undefined): Promise<void> => {
    if (notice === undefined || webhook === undefined || edge.signal.aborted || notice.exitCode >= 128) return;
    if (webhook.kind === "unset") return warn(edge, `nobody was told of the failure: ${webhook.variable} is not set`);
    const { url } = webhook;
    try {
      const { status } = await askOnce(
        {
          method: "POST",
          url,
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(notice),
          limit,
          signal: AbortSignal.any([edge.signal, patience()]),
        },
        reach,
      );
      if (status >= 200 && status < 300) edge.stderr.write(`told the webhook at ${url.host} of the failure\n`);
      else warn(edge, `the webhook at ${url.host} did not take the news of the failure: it answered with status ${status}`);
    } catch (thrown) {
      warn(edge, `the webhook at ${url.host} could not be told of the failure: ${reason(thrown)}`);
    }
  };
  return {
    configured({ onFailure, caFile }) {
      webhook = onFailure;
      reach = reachOf({ caFile }, edge);
    },
    ofReports: async (reports) => await tell(noticeOfReports(reports, run)),
    ofFailure: async (thrown, commit) => await tell(noticeOfFailure(failureReport(toFailure(thrown)), { commit, run })),
  };
}

/** An address that is not right is told where the settings are read. */
function fromEnvironment({ env }: Edge): Webhook | undefined {
  try {
    return webhookFromEnvironment(env);
  } catch {
    return undefined;
  }
}

/** What is said of an address's failure has the address in it, which is a secret. */
function reason(thrown: unknown): string {
  if (!(thrown instanceof Failure)) return "it did not answer in time";
  const reasons: Partial<Readonly<Record<Failure["code"], string>>> = {
    REGISTRY_TIMEOUT: "it did not answer in time",
    REGISTRY_UNREACHABLE: "it cannot be reached",
    REGISTRY_PROTOCOL: "it did not answer as a web server does",
  };
  return (
    reasons[thrown.code] ??
    (thrown.cause instanceof Error && thrown.cause.name === "TimeoutError" ? "it did not answer in time" : thrown.code)
  );
}

function warn({ env, stderr }: Edge, text: string): void {
  stderr.write(`${env["GITHUB_ACTIONS"] === "true" ? annotation("warning", text, { title: "onFailure" }) : `warning: ${text}`}\n`);
}
