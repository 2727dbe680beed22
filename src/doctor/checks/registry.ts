import { toFailure } from "../../failure/index.ts";
import { parseTag } from "../../oci/index.ts";
import { type Check, type Finding, type Patient, placesOf } from "../check.ts";

/** Every destination answers, and lets this identity read: a tag is looked up that nobody has. */
export const registryCheck: Check = async (patient) =>
  (await Promise.all(placesOf(patient).map(async (place) => await ofPlace(place, patient)))).flat();

async function ofPlace(
  { host, repository }: { readonly host: string; readonly repository: string },
  { client, signal }: Patient,
): Promise<readonly Finding[]> {
  const name = `${host}/${repository}`;
  try {
    await client.repository({ host, repository }).resolve(parseTag("waybill-doctor"), { signal });
    return [{ level: "pass", what: `${name} answers, and may be read` }];
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message, hint } = toFailure(thrown);
    return [{ level: "error", what: `${name}: ${message}`, mend: hint ?? `see docs/failures.md, ${code}`, code }];
  }
}
