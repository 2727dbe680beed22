import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tag } from "../../../src/oci/index.ts";
import { runGit } from "../../support/git-repository.ts";
import { type ActOptions, act, writeWorkflow } from "./act.ts";
import { nodeDir, versions } from "./nodes.ts";
import { aProduction, dependencies, type Production, role } from "./production.ts";
import type { ProgramRun } from "./run.ts";

/** A run of a workflow, and what a calling workflow had of it. */
export interface StageRun extends ProgramRun {
  /** The outputs that a job after it saw. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a workflow is run for. */
export interface StageEvent {
  readonly event: string;
  /** `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`. */
  readonly ref: string;
  readonly sha: string;
  /** What the event says besides. */
  readonly payload?: object;
}

/** Where this repository's workflows are run with act. */
export interface Stage extends Production {
  /** A clone whose commits are pushed to the origin. */
  readonly work: string;
  /** A commit on top of main that changes files, by path, pushed to a branch; its full name. */
  commit(branch: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string>;
  /** Runs a workflow of the commit itself, in a clone of its own, as an event would. */
  run(workflow: string, event: StageEvent, options?: Partial<ActOptions>, ...argv: readonly string[]): Promise<ProgramRun>;
  /** Calls prod.yml from another workflow, for a commit that is checked out in a clone of its own. */
  call(event: string, branch: string, sha: string, more?: Partial<ActOptions>): Promise<StageRun>;
  /** Runs one job, as a workflow has it that somebody else wrote. */
  job(job: object, event: StageEvent, more?: Partial<ActOptions>): Promise<StageRun>;
  /** What a tag of the primary names: its manifest's digest. */
  digest(tag: string): Promise<string | undefined>;
}

/** Where one run is. */
interface OneRun {
  /** A folder of its own. */
  readonly own: string;
  readonly clone: string;
}

/** Makes it, with this checkout's commit as main's newest. */
export async function aStage(): Promise<Stage> {
  const production = await aProduction();
  const { dir, origin, session, registry, env } = production;
  const work = join(dir, "work");
  runGit(dir, ["clone", "--quiet", "--branch=main", `file://${origin}`, work]);
  const replaced = standIns(origin, { ...session.keys });
  let runs = 0;
  /** A clone for one run, with the commit checked out as the branch or tag that its event names. */
  const aRun = ({ ref, sha }: StageEvent): OneRun => {
    runs += 1;
    const own = join(dir, `run-${runs}`);
    const clone = join(own, "clone");
    runGit(dir, ["clone", "--quiet", "--no-checkout", `file://${origin}`, clone]);
    runGit(clone, ["fetch", "--quiet", "origin", sha]);
    runGit(clone, ["checkout", "--quiet", ...(ref.startsWith("refs/heads/") ? ["-B", ref.slice(11)] : ["--detach"]), sha]);
    return { own, clone };
  };
  const repository = { default_branch: "main", full_name: "quiltdata/waybill" };
  const acted = async ({ own, clone }: OneRun, name: string, of: StageEvent, more: Partial<ActOptions>, ...argv: readonly string[]) => {
    const { event, ref, sha, payload } = of;
    const workflow = `.github/workflows/${name}`;
    const options = { dir: own, clone, workflow, standIns: replaced, ...more, env: { ...env, ...more.env } };
    return await act(event, { ref, after: sha, repository, ...payload }, options, ...argv);
  };
  const job: Stage["job"] = async (called, event, more = {}) => {
    const one = aRun(event);
    const result = join(one.own, "outputs.json");
    await writeWorkflow(one.clone, "caller.yml", caller(called, result));
    const run = await acted(one, "caller.yml", event, more);
    return { ...run, outputs: JSON.parse(await readFile(result, "utf8").catch(() => "{}")) };
  };
  return {
    ...production,
    work,
    run: async (workflow, event, more = {}, ...argv) => await acted(aRun(event), workflow, event, more, ...argv),
    async commit(branch, files) {
      runGit(work, ["switch", "--quiet", "--force-create", branch, branch === "main" ? "origin/main" : "main"]);
      for (const [path, content] of Object.entries(files)) await writeFile(join(work, path), content);
      runGit(work, ["add", "--all", "--force", ...Object.keys(files)]);
      runGit(work, ["commit", "--quiet", `--message=on ${branch}`]);
      runGit(work, ["push", "--quiet", "origin", branch]);
      return runGit(work, ["rev-parse", "HEAD"]);
    },
    call: async (event, branch, sha, more) =>
      await job({ uses: "./.github/workflows/prod.yml" }, { event, ref: `refs/heads/${branch}`, sha }, more),
    job,
    async digest(tag) {
      return (await (await registry.repositories.open("quiltdata/benchling")).resolve(tag as Tag))?.digest;
    },
  };
}

/** A workflow of one job, and of another that keeps what it handed on, whatever became of it. */
function caller(job: object, result: string): object {
  const keep = { run: `printf '%s' "$OUTPUTS" > ${result}`, env: { OUTPUTS: `\${{ toJSON(needs.job.outputs) }}` } };
  return {
    on: { push: null, workflow_dispatch: null },
    jobs: { job, after: { needs: "job", if: "always()", "runs-on": "ubuntu-latest", steps: [keep] } },
  };
}

/** What others' actions do for this repository, done without the network. */
function standIns(origin: string, keys: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const input = (named: string): string => `$(node -p 'JSON.parse(process.env.INPUTS)["${named}"] ?? ""')`;
  return {
    "actions/checkout": `set -e
filter="${input("filter")}"; depth="${input("fetch-depth")}"
find . -mindepth 1 -delete
git init --quiet . && git remote add origin file://${origin}
git fetch --quiet \${filter:+--filter=$filter} $([ "$depth" = 0 ] || echo --depth=1) origin \\
  $([ "$depth" = 0 ] && echo '+refs/heads/*:refs/remotes/origin/* +refs/tags/*:refs/tags/*') "\${{ github.sha }}"
ref="\${{ github.ref }}"
case $ref in
  refs/heads/*) git checkout --quiet --force -B "\${ref#refs/heads/}" "\${{ github.sha }}" ;;
  *) git checkout --quiet --force --detach "\${{ github.sha }}" ;;
esac`,
    "actions/setup-node": `${dependencies}
version="${input("node-version")}"
case $version in
  24) echo "$PWD/node_modules/.bin" >> "$GITHUB_PATH" ;;
  20) ;; # the machine's own, which only starts npm
${versions.map((one) => `  ${one.split(".")[0]}) echo "${nodeDir(one)}/bin" >> "$GITHUB_PATH" ;;`).join("\n")}
  *) exit 1 ;;
esac`,
    "aws-actions/configure-aws-credentials": `set -e
[ "${input("role-to-assume")}" = ${role} ]
echo "AWS_REGION=${input("aws-region")}" >> "$GITHUB_ENV"
${Object.entries(keys)
  .map(([key, value]) => `echo "${key}=${value}" >> "$GITHUB_ENV"`)
  .join("\n")}`,
    "docker/setup-buildx-action": `[ "${input("platforms")}" = linux/amd64 ]`,
  };
}
