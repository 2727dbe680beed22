import { durationMs, kinds } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { type Platform, parsePlatform } from "../../oci/index.ts";
import { type Emit, formatMs } from "../../report/index.ts";
import { type RuntimeName, type Smoked, type SmokeTarget, type SmokeWish, smoke } from "../../smoke/index.ts";
import { checked } from "../checked.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { resolveImage } from "../image.ts";
import { listen, listening } from "../listen.ts";
import { imageRegistries, locate, type RegistryOptions } from "../registries.ts";

export interface SmokeImageOptions extends RegistryOptions {
  readonly reference: string;
  readonly http?: string;
  readonly status?: string;
  readonly port?: string;
  readonly env?: readonly string[];
  readonly timeout?: string;
  readonly network?: boolean;
  readonly platform?: string;
  readonly runtime?: RuntimeName;
  readonly local?: boolean;
  readonly output: Output;
}

/** `waybill smoke`: starts an image, and looks whether it comes up. Exit code 3 where it does not. */
export const smokeImage: Run<SmokeImageOptions> = async (options, edge) => {
  const { reference, local } = options;
  const wish = wishOf(options, edge);
  return await listening(listen(edge, options), async (emit) => {
    const running = { env: edge.env, emit, signal: edge.signal };
    if (local) return await show(await smoke({ kind: "local", name: reference }, wish, running), undefined, options, edge, emit);
    await using client = await imageRegistries(options, edge, emit);
    const located = await locate(reference, client, edge);
    const root = await resolveImage(located, edge.signal);
    const target: SmokeTarget = { kind: "stored", store: located.store, root, platform: platformOf(options, edge) };
    return await show(await smoke(target, wish, running), root.digest, options, edge, emit);
  });
};

function wishOf({ http, status, port: given, env = [], timeout, network, runtime }: SmokeImageOptions, edge: Edge): SmokeWish {
  if (http === undefined && (status !== undefined || given !== undefined))
    throw new Failure("USAGE", `${status === undefined ? "--port" : "--status"} is for --http`, { hint: "Give --http PATH too." });
  for (const one of env) {
    const name = checked("--env", one.split("=", 1)[0] ?? "", kinds.variable);
    if (name === one && edge.env[name] === undefined)
      throw new Failure("USAGE", `--env ${name}: there is no such variable here`, { hint: `Set it, or give --env ${name}=VALUE.` });
  }
  return {
    http: http === undefined ? undefined : checked("--http", http, kinds.httpPath),
    status: status === undefined ? undefined : checked("--status", status, kinds.statusList),
    port: given === undefined ? undefined : Number(checked("--port", given, kinds.port)),
    env,
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout),
    network,
    runtime,
  };
}

function platformOf({ platform }: SmokeImageOptions, { env }: Edge): Platform | undefined {
  const wanted = platform ?? (env["WAYBILL_PLATFORM"] || env["DOCKER_DEFAULT_PLATFORM"]);
  return wanted ? parsePlatform(wanted) : undefined;
}

async function show(
  smoked: Smoked,
  digest: string | undefined,
  { reference, output }: SmokeImageOptions,
  edge: Edge,
  emit: Emit,
): Promise<number> {
  const { passed, outcome, runtime, platform, log, ms, hint } = smoked;
  if (!passed) for (const line of log) emit({ kind: "message", level: "info", text: `| ${line}` });
  if (output === "json") {
    const times = { loadMs: Math.round(ms.load), upMs: Math.round(ms.up) };
    await print(edge, JSON.stringify({ image: reference, digest, passed, outcome, runtime, platform, ...times, log }, null, 2));
  } else if (output === "github") await print(edge, `passed=${passed}\ndigest=${digest ?? ""}`);
  else if (passed) await print(edge, `${reference} came up: ${outcome} (${runtime}, ${platform}, ${formatMs(ms.up)})`);
  if (passed) return 0;
  throw new Failure("SMOKE_FAILED", `${reference} did not come up: ${outcome}`, {
    hint: hint ?? (log.length === 0 ? "It printed nothing." : "What it printed last stands above."),
    facts: { runtime, platform, digest },
  });
}
