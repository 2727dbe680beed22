import { type EcrApi, tagFilter } from "../../aws/index.ts";
import { type Failure, partFailure, toFailure } from "../../failure/index.ts";
import { type Check, type Finding, type Patient, placesOf } from "../check.ts";
import { lifecycleFindings } from "./lifecycle.ts";

type Place = ReturnType<typeof placesOf>[number];

/** Repositories at ECR: that they are there, that their tags stay, that nothing deletes what is deployed, and that pushing is allowed. */
export const ecrCheck: Check = async (patient) => {
  const found: Finding[] = [];
  for (const place of placesOf(patient)) found.push(...(await ofPlace(place, patient)));
  return found;
};

/** A role that cannot be had here is no matter for the other places. */
async function ofPlace(place: Place, patient: Patient): Promise<readonly Finding[]> {
  try {
    using api = await patient.ecr(place);
    return api === undefined ? [] : await ofRepository(place, api, patient);
  } catch (thrown) {
    const { code, message, hint } = partFailure(thrown, patient.signal);
    return [{ level: "error", what: message, mend: hint, code }];
  }
}

async function ofRepository(place: Place, api: EcrApi, patient: Patient): Promise<readonly Finding[]> {
  const name = `${place.host}/${place.repository}`;
  const asked = async (look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
    try {
      return await look();
    } catch (thrown) {
      patient.signal.throwIfAborted();
      return [unknown(toFailure(thrown))];
    }
  };
  const parts = await Promise.all([
    asked(async () => tagging(name, place, await api.tagging(place.repository))),
    asked(async () => lifecycleFindings(name, await api.lifecycle(place.repository), place.release)),
    asked(async () => mounting(await api.mountsBlobs(), place.host)),
  ]);
  // Without an identity every call says the same.
  const found = parts.flat();
  const nobody = found.find(({ code }) => code === "CREDENTIALS_MISSING");
  return nobody === undefined ? found : [nobody];
}

/** What could not be looked at: without an identity nothing works, a denied look only leaves a question open. */
function unknown({ code, message, hint }: Failure): Finding {
  return code === "CREDENTIALS_MISSING"
    ? { level: "error", what: message, mend: hint, code }
    : { level: "warning", what: message, mend: hint };
}

function tagging(name: string, { moving }: Place, there: Awaited<ReturnType<EcrApi["tagging"]>>): readonly Finding[] {
  if (there === undefined)
    return [{ level: "error", what: `${name} does not exist`, mend: "waybill ecr create, or waybill init --infra", code: "NOT_FOUND" }];
  const { mutability, moving: filters } = there;
  const covers = (tag: string): boolean => filters.some((filter) => tagFilter(filter).test(tag));
  const exists: Finding = { level: "pass", what: `${name} exists` };
  const mend = "waybill ecr create shows what differs, and with --apply sets it";
  const stuck = moving.filter((tag) => mutability.startsWith("IMMUTABLE") && !covers(tag));
  if (stuck.length > 0)
    return [
      exists,
      { level: "error", what: `${stuck.join(", ")} cannot move in ${name}, whose tags are ${mutability}`, mend, code: "TAG_IMMUTABLE" },
    ];
  const open = mutability.startsWith("MUTABLE") || covers("0".repeat(40));
  if (open) return [exists, { level: "warning", what: `commits' tags can be overwritten in ${name} (${mutability})`, mend }];
  return [exists, { level: "pass", what: `tags of ${name} are ${mutability}` }];
}

function mounting(on: boolean, host: string): readonly Finding[] {
  if (on) return [{ level: "pass", what: `${host} mounts blobs between its repositories` }];
  const mend = "aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED";
  return [{ level: "warning", what: `${host} does not mount blobs: layers that another repository has are uploaded again`, mend }];
}
