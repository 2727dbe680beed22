import type { ImageReport, Report } from "../../report/index.ts";
import { type Answered, type Asking, field } from "./asking.ts";

/** What a deployment is made of, besides what the report says. */
export interface DeploymentOptions {
  readonly ask: Asking;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly environment: string;
  /** Where the run can be looked up. */
  readonly log?: string | undefined;
}

/** What became of it; undefined where there was nothing to write. */
export type Deployed =
  | { readonly kind: "written"; readonly id: number; readonly state: "success" | "failure" }
  | { readonly kind: "refused"; readonly answer: Extract<Answered, { ok: false }> }
  | undefined;

const task = "publish";
/** The most characters of a description (GitHub Docs, "Create a deployment status"). */
const longest = 140;

/**
 * Writes a deployment of an image, with its state: one for each commit and image, to which a further run adds a state. A run that changed
 * nothing adds none. Checks are not waited for, and nothing is merged: the image is there already.
 */
export async function writeDeployment({ commit, images }: Report, image: ImageReport, options: DeploymentOptions): Promise<Deployed> {
  const { ask, repository, environment, log } = options;
  const at = `/repos/${repository}/deployments`;
  const there = await ask("GET", `${at}?${new URLSearchParams({ sha: commit.sha, task, environment, per_page: "100" })}`);
  if (!there.ok) return { kind: "refused", answer: there };
  const known = (Array.isArray(there.json) ? there.json : []).find((one) => field(payloadOf(one), "image") === image.name);
  if (known !== undefined && image.status === "present") return undefined;
  const state = image.failure === undefined ? "success" : "failure";
  const description = (image.failure?.message ?? `${image.name} at ${image.digest}`).slice(0, longest);
  const made =
    known === undefined
      ? await ask("POST", at, {
          ref: commit.sha,
          task,
          environment,
          description,
          payload: { image: image.name, digest: image.digest, uri: image.digestUri },
          auto_merge: false,
          required_contexts: [],
          transient_environment: false,
          production_environment: false,
        })
      : ({ ok: true, json: known } as const);
  if (!made.ok) return { kind: "refused", answer: made };
  const id = field(made.json, "id");
  if (typeof id !== "number") return { kind: "refused", answer: { ok: false, status: 0, why: "the answer names no deployment" } };
  // Of several images in one environment each would take the place of the one before.
  const status = { state, description, ...(log === undefined ? {} : { log_url: log }), auto_inactive: images.length === 1 };
  const answer = await ask("POST", `${at}/${id}/statuses`, status);
  return answer.ok ? { kind: "written", id, state } : { kind: "refused", answer };
}

/** A payload may come back as the text that it was. */
function payloadOf(deployment: unknown): unknown {
  const payload = field(deployment, "payload");
  if (typeof payload !== "string") return payload;
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
