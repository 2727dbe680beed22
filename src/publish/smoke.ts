import type { SmokeSettings } from "../config/index.ts";
import { Failure, partFailure, quoteForeign } from "../failure/index.ts";
import { isFullName } from "../git/index.ts";
import { type Digest, digestOf } from "../oci/index.ts";
import type { Finding, StartedImage } from "../report/index.ts";
import { needRuntime, runtimeNames, type Smoked, type SmokeWish, smoke } from "../smoke/index.ts";
import { readRecord, recordsOf } from "../trace/index.ts";
import type { StepOptions } from "./deliver.ts";
import type { Checked, Image, Plan, Sourced, Started } from "./types.ts";

/** The environment that a runtime runs in. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Starts an image of a platform as the configuration says. */
export type StartImage = (image: Sourced, plan: Plan) => Promise<Smoked>;

/** How the configuration's smoke test is run; undefined where there is to be none. */
export function starting(settings: SmokeSettings | undefined, env: Environment, options: StepOptions): StartImage | undefined {
  if (settings === undefined) return undefined;
  return async ({ store, root }, { platform }) =>
    await smoke({ kind: "stored", store, root, platform }, wishOf(settings, env), { env, ...options });
}

/**
 * Looks that images can be started here: before a build, which would be in vain.
 * @throws Failure RUNTIME_MISSING; CONFIG_MISSING where a variable is not there
 */
export async function readyToStart(settings: SmokeSettings | undefined, env: Environment, signal: AbortSignal | undefined): Promise<void> {
  if (settings === undefined) return;
  wishOf(settings, env);
  await needRuntime(settings.runtime, env, signal);
}

function wishOf(settings: SmokeSettings, env: Environment): SmokeWish {
  const { http, status, port, timeoutMs, network, runtime } = settings;
  const variables = Object.entries(settings.env).map(([name, value]) => {
    if (value !== null) return `${name}=${value}`;
    if (env[name] !== undefined) return name;
    throw new Failure("CONFIG_MISSING", `checks.smoke.env has ${name} without a value, and there is no such variable here`, {
      hint: `Set ${name} where waybill runs; in a workflow, pass it with env.`,
    });
  });
  return { http, status, port, timeoutMs, network, runtime, env: variables };
}

/**
 * Starts what was delivered now, where the configuration asks for it, and looks whether it comes up. An image that has a tag somewhere
 * is in force, and not started again; nor is the content of an ancestor whose record says that it came up, asked for the same.
 * @throws Failure RUNTIME_MISSING, RUNTIME_FAILED, CONFIG_MISSING
 */
export async function startNew(
  plan: Plan,
  checked: readonly Checked[],
  image: Image,
  start: StartImage | undefined,
  options: StepOptions,
): Promise<Started | undefined> {
  const made = image.built || image.reused !== undefined;
  if (start === undefined || plan.image.smoke === undefined || !made) return undefined;
  if (!checked.some(({ outcome }) => outcome.kind === "delivered")) return undefined;
  const wanted = wantedBy(plan.image.smoke);
  const before = await seenBefore(plan, image, wanted, options);
  if (before !== undefined) {
    const text = `not started again: the same content came up for ${before.commit.slice(0, 12)}: ${before.outcome}`;
    options.emit({ kind: "message", level: "info", text });
    return { image: before, wanted };
  }
  const smoked = await start(image, plan);
  const { passed, outcome, runtime, platform, ms } = smoked;
  const started: StartedImage = { passed, outcome, runtime, platform, ms: Math.round(ms.up), commit: plan.commit.sha };
  if (passed) return { image: started, wanted };
  return { image: started, wanted, finding: tell(smoked, options) };
}

function tell({ outcome, log, hint }: Smoked, { emit }: StepOptions): Finding {
  for (const line of log) emit({ kind: "message", level: "info", text: `| ${line}` });
  const last = log.at(-1);
  const printed = last === undefined ? "It printed nothing." : `It printed last: ${last}`;
  const finding: Finding = { level: "error", code: "not-up", message: `the image does not come up: ${outcome}`, hint: hint ?? printed };
  emit({ kind: "finding", finding });
  return finding;
}

/** What an image had to show, so that a later run can tell whether it would ask for the same. Values of variables may be secrets. */
function wantedBy({ http, status, port, network, env }: SmokeSettings): Digest {
  return digestOf(JSON.stringify([http ?? null, status ?? null, port ?? null, network, Object.keys(env).toSorted()]));
}

/** What the ancestor's record says of the same content. Whoever may write a record may write tags too. */
async function seenBefore(
  { destinations: [primary] }: Plan,
  { reused }: Image,
  wanted: Digest,
  { emit, signal }: StepOptions,
): Promise<StartedImage | undefined> {
  if (!reused?.recorded) return undefined;
  try {
    for (const record of await recordsOf(primary.store, reused.root.digest, { signal })) {
      const { smoke: seen } = await readRecord(primary.store, record, { signal });
      const told = seen?.wanted === wanted && seen.passed === true ? parseStarted(seen) : undefined;
      if (told !== undefined) return told;
    }
  } catch (thrown) {
    emit({ kind: "detail", text: `the record of ${reused.root.digest} could not be read: ${partFailure(thrown, signal).message}` });
  }
  return undefined;
}

/** What a record says, whose words may be anybody's. */
function parseStarted({ outcome, runtime, platform, ms, commit }: Readonly<Record<keyof StartedImage, unknown>>): StartedImage | undefined {
  if (typeof outcome !== "string" || typeof platform !== "string" || typeof commit !== "string" || !isFullName(commit)) return undefined;
  const known = runtimeNames.find((name) => name === runtime);
  if (known === undefined || typeof ms !== "number") return undefined;
  return { passed: true, outcome: quoteForeign(outcome), runtime: known, platform: quoteForeign(platform, 100), ms, commit };
}
