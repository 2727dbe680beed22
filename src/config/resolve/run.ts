import { type Environment, type Overrides, stated } from "../environment.ts";
import type { ReadFile } from "../file/read.ts";
import type { Settings } from "../settings.ts";
import type { Origins } from "./layers.ts";
import { webhookFromEnvironment, webhookOf } from "./webhook.ts";

/** What says how a run as a whole goes, whatever its images are. */
interface RunSources {
  readonly file: ReadFile | undefined;
  /** Flags, then environment: the first that says anything wins. */
  readonly overrides: readonly Overrides[];
  readonly env: Environment;
}

/** What holds for the run as a whole; every value that is not as usual is noted with its origin. */
export function resolveRun({ file, overrides, env }: RunSources, origins: Origins): Pick<Settings, "everyCommit" | "onFailure" | "record"> {
  const filed = file?.settings.everyCommit;
  const every: Overrides["everyCommit"] =
    stated(overrides, "everyCommit") ??
    (filed === undefined ? undefined : { value: filed, origin: { kind: "file", name: file?.place(["everyCommit"]) ?? "" } });
  if (every !== undefined) origins["everyCommit"] = { value: String(every.value), origin: every.origin };
  return {
    everyCommit: every?.value ?? false,
    onFailure: onFailureOf({ file, overrides, env }, origins),
    record: recordOf({ file, overrides, env }, origins),
  };
}

function onFailureOf({ file, env }: RunSources, origins: Origins): Settings["onFailure"] {
  const place = file?.place(["onFailure", "webhook"]) ?? "";
  const given = file?.settings.onFailure?.webhook;
  const own = webhookFromEnvironment(env);
  const webhook = own ?? (given === undefined ? undefined : webhookOf(given, place, env));
  if (webhook === undefined) return undefined;
  const origin =
    own === undefined ? ({ kind: "file", name: place } as const) : ({ kind: "environment", name: "WAYBILL_ON_FAILURE" } as const);
  origins["onFailure.webhook"] = { value: webhook.kind === "unset" ? `${webhook.variable}, which is not set` : "(not shown)", origin };
  return webhook;
}

/** The environment is the file's, whoever switches it on or off. */
function recordOf({ file, overrides }: RunSources, origins: Origins): Settings["record"] {
  const filed = file?.settings.record?.github;
  const place = file?.place(["record", "github"]) ?? "";
  const environment = (typeof filed === "object" ? filed.environment : undefined) ?? "registry";
  const own = stated(overrides, "record");
  const on = own === undefined ? filed !== undefined && filed !== false : own.value === "github";
  if (own !== undefined || filed !== undefined)
    origins["record.github"] = { value: on ? environment : "false", origin: own?.origin ?? { kind: "file", name: place } };
  return on ? { github: { environment } } : undefined;
}
