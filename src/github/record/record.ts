import type { GithubRecord, Report } from "../../report/index.ts";
import { apiOf } from "../api.ts";
import { githubContext } from "../context.ts";
import { type Answered, type Ask, asking } from "./asking.ts";
import { writeDeployment } from "./deployment.ts";
import { writeStorageRecords } from "./storage.ts";

/** What records at GitHub are written with. */
export interface GithubRecordOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ask: Ask;
  /** The environment that deployments are written to. */
  readonly environment: string;
}

type Kind = "deployments" | "storage records";

/** The job's permission that each takes (GitHub Docs, "Permissions for the GITHUB_TOKEN"). */
const permissions: Readonly<Record<Kind, string>> = { deployments: "deployments: write", "storage records": "artifact-metadata: write" };

/**
 * Writes reports down at GitHub, one after the other: a deployment for each image, and where it is stored. Never throws, and what GitHub does
 * not take is a note: the image is published whatever it says. What it refused once is not asked for again.
 */
export function githubRecorder({ env, ask, environment }: GithubRecordOptions): (report: Report) => Promise<GithubRecord> {
  const api = apiOf(env);
  const closed = new Set<Kind>();
  const log = githubContext(env)?.["link"];
  return async (report) => {
    const record = {
      deployments: [] as { image: string; id: number; state: "success" | "failure" }[],
      stored: [] as string[],
      notes: [] as string[],
    };
    if (report.dryRun) return record;
    if (api === undefined)
      return { ...record, notes: ["nothing is recorded at GitHub: this is no run of GitHub Actions that has a token"] };
    const refuse = (kind: Kind, answer: Extract<Answered, { ok: false }>): void => {
      closed.add(kind);
      record.notes.push(noteOf(kind, answer));
    };
    const asked = asking(api, ask);
    for (const image of report.images) {
      if (image.status === "planned" || image.status === "left") continue;
      if (!closed.has("deployments")) {
        const deployed = await writeDeployment(report, image, { ask: asked, repository: api.repository, environment, log });
        if (deployed?.kind === "written") record.deployments.push({ image: image.name, id: deployed.id, state: deployed.state });
        if (deployed?.kind === "refused") refuse("deployments", deployed.answer);
      }
      if (!closed.has("storage records")) {
        const { written, refused } = await writeStorageRecords(report, image, api.repository, asked);
        record.stored.push(...written);
        if (refused !== undefined) refuse("storage records", refused);
      }
    }
    return record;
  };
}

function noteOf(kind: Kind, { status, why }: Extract<Answered, { ok: false }>): string {
  const what = `GitHub took no ${kind} (${why})`;
  if (status === 401 || status === 403) return `${what}: the job needs \`${permissions[kind]}\``;
  if (status !== 404) return what;
  return kind === "deployments"
    ? `${what}: the job needs \`${permissions[kind]}\``
    : `${what}: they are for repositories of an organization, and the job needs \`${permissions[kind]}\``;
}
