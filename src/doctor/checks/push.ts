import { toFailure } from "../../failure/index.ts";
import type { Finding, Patient, Place } from "../check.ts";

/** Whether this identity may push to a destination; nothing is pushed. */
export async function pushFindings({ host, repository }: Place, { client, signal }: Patient): Promise<readonly Finding[]> {
  const name = `${host}/${repository}`;
  try {
    await client.repository({ host, repository }).tryPush({ signal });
    return [{ level: "pass", what: `${name} may be pushed to` }];
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message, hint } = toFailure(thrown);
    return [{ level: "error", what: `${name} may not be pushed to: ${message}`, mend: hint ?? `see docs/failures.md, ${code}`, code }];
  }
}
