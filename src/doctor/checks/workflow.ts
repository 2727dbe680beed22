import { parse } from "yaml";
import { parseEcrHost } from "../../config/index.ts";
import { type Check, type Finding, placesOf } from "../check.ts";

/** The workflow's job that publishes may sign in and read, and is not cancelled. */
export const workflowCheck: Check = async (patient) => {
  const paths = [...patient.outline.tracked, ...patient.outline.untracked].filter((path) =>
    /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path),
  );
  const hosts = placesOf(patient).map(({ host }) => host);
  const needs = { ecr: hosts.some((host) => parseEcrHost(host) !== undefined), packages: hosts.includes("ghcr.io") };
  const found: Finding[] = [];
  for (const path of paths) found.push(...workflowFindings(path, (await patient.read(path)) ?? "", needs));
  if (found.length > 0) return found;
  return [{ level: "warning", what: "no workflow in .github/workflows publishes with waybill", mend: "waybill init writes one" }];
};

type Fields = Readonly<Record<string, unknown>>;

/** What the destinations ask of a job's token. */
interface Needs {
  /** A token for AWS. */
  readonly ecr: boolean;
  /** The right to push to GitHub's own registry. */
  readonly packages: boolean;
}

/** What is wrong with a workflow's jobs that publish; empty where none does. */
export function workflowFindings(path: string, text: string, needs: Needs): readonly Finding[] {
  let workflow: Fields;
  try {
    workflow = fields(parse(text, { logLevel: "silent" }));
  } catch {
    return /waybill/.test(text) ? [{ level: "error", what: `${path} is not YAML`, mend: "mend it", code: "CONFIG_INVALID" }] : [];
  }
  return Object.entries(fields(workflow["jobs"])).flatMap(([name, job]) => {
    if (!publishes(fields(job))) return [];
    const wrong = [
      ...permissionFindings(`${path}, job ${name}`, workflow, fields(job), needs),
      ...concurrencyFindings(`${path}, job ${name}`, workflow, fields(job)),
    ];
    return wrong.length > 0
      ? wrong
      : [{ level: "pass", what: `${path}: job ${name} has the permissions that it needs, and is not cancelled` }];
  });
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function publishes({ steps, uses }: Fields): boolean {
  if (typeof uses === "string" && /waybill\/\.github\/workflows\//.test(uses)) return true;
  return (Array.isArray(steps) ? steps : [])
    .map(fields)
    .some(
      (step) =>
        (typeof step["run"] === "string" && /waybill[\w.]*["']?\s+(?:publish|push)\b|\bmake\b[^\n]*\bpush-ci\b/.test(step["run"])) ||
        (typeof step["uses"] === "string" && /^[\w.-]+\/waybill@/.test(step["uses"])),
    );
}

function permissionFindings(where: string, workflow: Fields, job: Fields, { ecr, packages }: Needs): readonly Finding[] {
  const given = job["permissions"] ?? workflow["permissions"];
  const has = (name: string, level: RegExp): boolean =>
    typeof given === "string"
      ? given === "write-all" || (given === "read-all" && level.test("read"))
      : level.test(String(fields(given)[name] ?? ""));
  return [
    ...(ecr && !has("id-token", /^write$/)
      ? [
          {
            level: "error" as const,
            what: `${where} has no id-token: write, so it gets no token for AWS`,
            mend: "permissions: { contents: read, id-token: write }",
            code: "CREDENTIALS_MISSING" as const,
          },
        ]
      : []),
    ...(packages && given !== undefined && !has("packages", /^write$/)
      ? [
          {
            level: "error" as const,
            what: `${where} has no packages: write, so it may not push to ghcr.io`,
            mend: "permissions: { contents: read, packages: write }",
            code: "DENIED" as const,
          },
        ]
      : []),
    ...(given !== undefined && !has("contents", /^(?:read|write)$/)
      ? [
          {
            level: "warning" as const,
            what: `${where} has no contents: read, so a private repository cannot be checked out`,
            mend: "permissions: { contents: read }",
          },
        ]
      : []),
  ];
}

function concurrencyFindings(where: string, workflow: Fields, job: Fields): readonly Finding[] {
  const mend = 'concurrency: { group: "publish-$' + '{{ github.sha }}" }, without cancel-in-progress';
  return [workflow["concurrency"], job["concurrency"]].flatMap((one): readonly Finding[] => {
    if (one === undefined) return [];
    const group = typeof one === "string" ? one : String(fields(one)["group"] ?? "");
    if (String(fields(one)["cancel-in-progress"] ?? "false") !== "false")
      return [
        {
          level: "error",
          what: `${where} is cancelled by the next commit, whose predecessor then has no image`,
          mend,
          code: "CONFIG_INVALID",
        },
      ];
    if (/github\.(?:sha|run_id|event\.)/.test(group)) return [];
    return [{ level: "warning", what: `${where} waits in one group for all commits: GitHub cancels all but the newest that wait`, mend }];
  });
}
