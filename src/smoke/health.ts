import type { RuntimeConfig } from "../oci/index.ts";

/** A HEALTHCHECK, as an image's config has it (docs.docker.com, "HEALTHCHECK"). Times are in milliseconds. */
export interface Health {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** How long one run of it may take. */
  readonly timeoutMs: number;
  /** When the container counts as unhealthy, from its start. */
  readonly patienceMs: number;
}

const defaults = { interval: 30_000, timeout: 30_000, start: 0, retries: 3 };
/** Nobody waits for longer, whatever an image says. */
const longestMs = 600_000;
/** A check that is run without a pause would fail for good before the program has begun. */
const shortestMs = 1_000;

/** The HEALTHCHECK of an image, or undefined where it has none or has it switched off. */
export function healthOf(config: RuntimeConfig | undefined): Health | undefined {
  const check = config?.Healthcheck ?? {};
  const command = commandOf(check["Test"], config?.Shell);
  if (command === undefined) return undefined;
  const retries = count(check["Retries"]) ?? defaults.retries;
  const interval = milliseconds(check["Interval"]) ?? defaults.interval;
  const start = milliseconds(check["StartPeriod"]) ?? defaults.start;
  return {
    command,
    timeoutMs: bounded(milliseconds(check["Timeout"]) ?? defaults.timeout),
    patienceMs: bounded(start + retries * interval),
  };
}

function commandOf(test: unknown, shell: readonly string[] | undefined): readonly string[] | undefined {
  if (!Array.isArray(test) || !test.every((word) => typeof word === "string")) return undefined;
  const [form, ...words] = test as readonly string[];
  if (words.length === 0) return undefined;
  if (form === "CMD") return words;
  return form === "CMD-SHELL" ? [...(shell?.length ? shell : ["/bin/sh", "-c"]), words.join(" ")] : undefined;
}

/** Nanoseconds, as the config has them; 0 is what is not set. */
function milliseconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value / 1e6 : undefined;
}

function count(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

function bounded(ms: number): number {
  return Math.min(longestMs, Math.max(shortestMs, ms));
}
