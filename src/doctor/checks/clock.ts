import { askOnce } from "../../store/index.ts";
import { type Check, type Finding, type Patient, placesOf } from "../check.ts";

/** Seconds that this machine's clock may be off: AWS refuses signatures that are five minutes away. */
const mostSeconds = 60;
/** Milliseconds; a host that does not answer is told of by another check. */
const waitMs = 5000;

/** The clock agrees with the registries'. */
export const clockCheck: Check = async (patient) => {
  const hosts = [...new Set(placesOf(patient).map(({ host }) => host))];
  return (await Promise.all(hosts.map(async (host) => await ofHost(host, patient)))).flat();
};

async function ofHost(host: string, { endpoints, reach, signal }: Patient): Promise<readonly Finding[]> {
  const base = endpoints[host]?.url ?? `https://${host}`;
  try {
    const timeouts = { connectMs: waitMs, headersMs: waitMs, idleMs: waitMs };
    const { headers } = await askOnce({ method: "HEAD", url: new URL("/v2/", base), limit: 0, signal }, { ...reach, timeouts });
    return skew(host, headers["date"] ?? null, Date.now());
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** How far this machine's clock is from a Date header (RFC 9110, section 6.6.1). @param now milliseconds since 1970 */
export function skew(host: string, date: string | null, now: number): readonly Finding[] {
  const there = Date.parse(date ?? "");
  if (Number.isNaN(there)) return [];
  const seconds = Math.round((now - there) / 1000);
  if (Math.abs(seconds) <= mostSeconds) return [{ level: "pass", what: `the clock agrees with ${host}` }];
  const mend = "set the clock: timedatectl set-ntp true";
  const what = `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} ${host}`;
  return [Math.abs(seconds) >= 300 ? { level: "error", what, mend, code: "CREDENTIALS_FAILED" } : { level: "warning", what, mend }];
}
