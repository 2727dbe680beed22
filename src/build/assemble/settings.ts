import type { HistoryEntry, RuntimeConfig } from "../../oci/index.ts";

/** A stage's runtime settings in the making. */
export interface Settings {
  runtime: RuntimeConfig;
  author: string | undefined;
  /** Whether CMD was set in this stage: an ENTRYPOINT takes an inherited one away. */
  commandSet: boolean;
  readonly history: HistoryEntry[];
  /** Values of ARG instructions that no later ENV has set again. */
  readonly args: Record<string, string>;
}

/** PATH in an image that is built upon nothing, as Docker has it. */
export const scratchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Environment variables with some set; a name keeps its place. */
export function withEnv(env: readonly string[] | undefined, set: readonly (readonly [string, string])[]): readonly string[] {
  const all = new Map((env ?? []).map((one) => [one.split("=", 1)[0] ?? "", one] as const));
  for (const [name, value] of set) all.set(name, `${name}=${value}`);
  return [...all.values()];
}

/** The value of an environment variable. */
export function envValue(env: readonly string[] | undefined, name: string): string | undefined {
  return env?.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** An absolute path without `.`, `..` and double slashes; a slash at its end stays. */
export function absolute(path: string, workdir: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${workdir}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const end = /(?:^|\/)\.?$/.test(path) && parts.length > 0 ? "/" : "";
  return `/${parts.join("/")}${end}`;
}

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A duration as Go writes it (`1m30s`) in nanoseconds, or undefined. */
export function nanoseconds(text: string): number | undefined {
  // No duration is this long, and digits without a unit would be looked at over and over.
  if (text.length > 100) return undefined;
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text) && text !== "0") return undefined;
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) sum += Number(value) * (units[unit ?? ""] ?? 0);
  return Math.round(sum);
}

/** `80`, `80/udp` and `8000-8003/tcp` as the keys of ExposedPorts, or undefined where the text is no port. */
export function exposedPorts(text: string): readonly string[] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (first > last || last > 65_535) return undefined;
  const protocol = (match[3] ?? "tcp").toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

const signals = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG " +
    "USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
  ).split(" "),
);

/** Whether a text is a signal of Linux: a number, or a name with or without SIG (signal(7)). */
export function isSignal(text: string): boolean {
  if (/^\d{1,3}$/.test(text)) return Number(text) > 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  const [, realTime = 0] = /^RTM(?:IN\+|AX-)(\d{1,2})$/.exec(name) ?? [];
  return signals.has(name) || (Number(realTime) > 0 && Number(realTime) <= (name.startsWith("RTMIN") ? 15 : 14));
}
