import { parseEcrHost } from "../../config/index.ts";
import { toFailure } from "../../failure/index.ts";
import { parseTag } from "../../oci/index.ts";
import { type Check, type Finding, type Patient, type Place, placesOf } from "../check.ts";
import { pushFindings } from "./push.ts";

/** Every destination answers, and lets this identity read and push: a tag is looked up that nobody has, and an upload is given up. */
export const registryCheck: Check = async (patient) =>
  (await Promise.all(placesOf(patient).map(async (place) => await ofPlace(place, patient)))).flat();

async function ofPlace(place: Place, patient: Patient): Promise<readonly Finding[]> {
  const { host, repository } = place;
  const { client, signal } = patient;
  const name = `${host}/${repository}`;
  try {
    await client.repository({ host, repository }).resolve(parseTag("waybill-doctor"), { signal });
    const read: Finding = { level: "pass", what: `${name} answers, and may be read` };
    // At ECR a push may make the repository, so that it is tried only where one is.
    return [read, ...(parseEcrHost(host) === undefined ? await pushFindings(place, patient) : [])];
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message, hint } = toFailure(thrown);
    return [{ level: "error", what: `${name}: ${message}`, mend: hint ?? `see docs/failures.md, ${code}`, code }];
  }
}
