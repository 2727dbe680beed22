import type { Overrides } from "../environment.ts";
import type { ImageLayer } from "../file/schema.ts";
import type { SmokeSettings } from "../settings.ts";
import { durationMs } from "../values.ts";
import type { Chooser } from "./layers.ts";

type SmokeMap = Exclude<NonNullable<NonNullable<ImageLayer["checks"]>["smoke"]>, boolean>;

/** How an image is started before its tags are written: flags and environment say whether, the file says how. */
export function resolveSmoke(from: Chooser, layers: readonly Overrides[]): SmokeSettings | undefined {
  const whole = from.within(({ checks }) => checks?.smoke);
  const said = whole.file(["checks", "smoke"], ({ checks }) => checks?.smoke);
  const wanted = from.choose(
    "checks.smoke",
    [...layers.map((layer) => layer.smoke), said && { value: said.value !== false, origin: said.origin }],
    false,
  );
  if (!wanted) return undefined;
  const mapOf = ({ checks }: ImageLayer): SmokeMap | undefined => (typeof checks?.smoke === "object" ? checks.smoke : undefined);
  const part = <T>(key: string, get: (smoke: SmokeMap) => T | undefined): T | undefined =>
    whole.optional(`checks.smoke.${key}`, [
      whole.file(["checks", "smoke", key], (layer) => {
        const map = mapOf(layer);
        return map && get(map);
      }),
    ]);
  const timeout = part("timeout", (one) => one.timeout);
  const env = [...whole.merged(["checks", "smoke", "env"], (layer) => mapOf(layer)?.env)];
  for (const [name, { value, origin }] of env) from.note(`checks.smoke.env.${name}`, value ?? `the variable ${name}`, origin);
  return {
    http: part("http", (one) => one.http),
    status: part("status", (one) => one.status),
    port: part("port", (one) => one.port),
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout),
    env: Object.fromEntries(env.map(([name, { value }]) => [name, value])),
    network: part("network", (one) => one.network) ?? false,
    runtime: part("runtime", (one) => one.runtime),
  };
}
