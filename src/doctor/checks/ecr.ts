import { type CreationTemplate, type EcrApi, tagMoves } from "../../aws/index.ts";
import { type Failure, partFailure, toFailure } from "../../failure/index.ts";
import { type Check, type Finding, type Patient, type Place, placesOf } from "../check.ts";
import { lifecycleFindings } from "./lifecycle.ts";
import { pushFindings } from "./push.ts";

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

type Tagging = Awaited<ReturnType<EcrApi["tagging"]>>;

async function ofRepository(place: Place, api: EcrApi, patient: Patient): Promise<readonly Finding[]> {
  const { host, repository } = place;
  const name = `${host}/${repository}`;
  const asked = async (look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
    try {
      return await look();
    } catch (thrown) {
      patient.signal.throwIfAborted();
      return [unknown(toFailure(thrown))];
    }
  };
  const there: Tagging[] = [];
  const settings = await asked(async () => {
    const tagging = await api.tagging(repository);
    there.push(tagging);
    return tagging === undefined
      ? await missing(name, place, api)
      : [{ level: "pass", what: `${name} exists` }, ...tags(name, place, tagging)];
  });
  const [tagging] = there;
  const parts = await Promise.all([
    // A push may make a repository that is not there, so that it is tried only where one is.
    tagging === undefined ? [] : pushFindings(place, patient),
    there.length > 0 && tagging === undefined ? [] : asked(async () => lifecycleFindings(name, await api.lifecycle(repository), place)),
    asked(async () => mounting(await api.mountsBlobs(), host)),
  ]);
  // Without an identity every call says the same.
  const found = [...settings, ...parts.flat()];
  const nobody = found.find(({ code }) => code === "CREDENTIALS_MISSING");
  return nobody === undefined ? found : [nobody];
}

/** What could not be looked at: without an identity nothing works, a denied look only leaves a question open. */
function unknown({ code, message, hint }: Failure): Finding {
  return code === "CREDENTIALS_MISSING"
    ? { level: "error", what: message, mend: hint, code }
    : { level: "warning", what: message, mend: hint };
}

/** A repository that is not there: an error, unless a template makes it on push. */
async function missing(name: string, place: Place, api: EcrApi): Promise<readonly Finding[]> {
  let template: CreationTemplate | undefined;
  let unseen: Failure | undefined;
  try {
    template = await api.template(place.repository);
  } catch (thrown) {
    unseen = toFailure(thrown);
  }
  if (template !== undefined) {
    const made: Finding = { level: "pass", what: `${name} does not exist; the creation template ${template.prefix} makes it on push` };
    return [made, ...tags(`the creation template ${template.prefix}`, place, template, "set its imageTagMutability and exclusion filters")];
  }
  const mend = "waybill ecr create, or waybill init --infra, or a repository creation template for CREATE_ON_PUSH";
  const absent: Finding = { level: "error", what: `${name} does not exist`, mend, code: "NOT_FOUND" };
  if (unseen === undefined) return [absent];
  return [
    absent,
    { level: "warning", what: `whether a creation template makes it on push is not known: ${unseen.message}`, mend: unseen.hint },
  ];
}

/** Whether the moving tags can move, and the commits' cannot. */
function tags(
  name: string,
  { moving, release }: Place,
  there: NonNullable<Tagging>,
  mend = "waybill ecr create shows what differs, and with --apply sets it",
): readonly Finding[] {
  const { mutability } = there;
  const stuck = moving.filter((tag) => !tagMoves(there, tag));
  if (stuck.length > 0)
    return [
      { level: "error", what: `${stuck.join(", ")} cannot move in ${name}, whose tags are ${mutability}`, mend, code: "TAG_IMMUTABLE" },
    ];
  const open = tagMoves(there, release.replaceAll("{sha}", "0".repeat(40)));
  if (open) return [{ level: "warning", what: `commits' tags can be overwritten in ${name} (${mutability})`, mend }];
  return [{ level: "pass", what: `tags of ${name} are ${mutability}` }];
}

function mounting(on: boolean, host: string): readonly Finding[] {
  if (on) return [{ level: "pass", what: `${host} mounts blobs between its repositories` }];
  const mend = "aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED";
  return [{ level: "warning", what: `${host} does not mount blobs: layers that another repository has are uploaded again`, mend }];
}
