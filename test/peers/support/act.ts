import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { withoutOwn } from "./production.ts";
import { peerProgram } from "./programs.ts";
import { type ProgramRun, runProgram } from "./run.ts";

/** Where and how a workflow is run. */
export interface ActOptions {
  /** A folder for act's own files, the stand-ins and the event; two runs at once need one each. */
  readonly dir: string;
  /** The clone that has the workflows; its HEAD is the commit of the run. */
  readonly clone: string;
  readonly workflow: string;
  /** What stands in for somebody else's action, in bash: by its repository. Its inputs are in INPUTS as JSON. */
  readonly standIns: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of programs that stand in for others of the machine. */
  readonly programs?: string;
}

/**
 * Runs a workflow on this machine with act (github.com/nektos/act), as GitHub would. act knows neither `branches` nor `concurrency`:
 * those are asserted from the parsed files.
 */
export async function act(event: string, payload: object, options: ActOptions, ...argv: readonly string[]): Promise<ProgramRun> {
  const { dir, clone, workflow, env, programs } = options;
  const path = [...(programs === undefined ? [] : [programs]), process.env["PATH"] ?? ""].join(":");
  await mkdir(dir, { recursive: true });
  const replaced = await standIns(options);
  await writeFile(join(dir, "event.json"), JSON.stringify(payload));
  const given = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  return await runProgram(
    peerProgram("act"),
    [event, "--workflows", workflow, "--eventpath", join(dir, "event.json"), "--platform", "ubuntu-latest=-self-hosted"].concat(
      ["--no-skip-checkout", "--no-cache-server", "--action-offline-mode", "--action-cache-path", join(dir, "cache")],
      replaced,
      given,
      argv,
    ),
    { cwd: clone, env: { ...withoutOwn(), HOME: dir, XDG_CACHE_HOME: join(dir, "cache"), PATH: path } },
  );
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly { readonly uses?: string; readonly with?: object }[] }>>;
}

/** Options that put a local action in the place of each that the clone's workflows name by repository and commit. */
async function standIns({ dir, clone, standIns: scripts }: ActOptions): Promise<readonly string[]> {
  const folder = join(clone, ".github/workflows");
  const workflows: Workflow[] = [];
  for (const name of await readdir(folder)) workflows.push(parse(await readFile(join(folder, name), "utf8")));
  const steps = workflows.flatMap(({ jobs }) => Object.values(jobs)).flatMap((job) => job.steps ?? []);
  const foreign = Map.groupBy(
    steps.filter(({ uses }) => uses !== undefined && /@[0-9a-f]{40}$/.test(uses)),
    ({ uses }) => uses ?? "",
  );
  // What this repository's reusable workflow names is this repository, as the clone has it.
  const options: string[] = ["--local-repository", `quiltdata/waybill@v1=${clone}`];
  for (const [name, users] of foreign) {
    const [action = ""] = name.split("@");
    const script = scripts[action];
    if (script === undefined) throw new Error(`${action} has no stand-in`);
    const inputs = Object.fromEntries(users.flatMap((step) => Object.keys(step.with ?? {})).map((one) => [one, { required: false }]));
    const step = { shell: "bash", run: script, env: { INPUTS: `\${{ toJSON(inputs) }}` } };
    const path = join(dir, "actions", name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, "action.yml"), stringify({ name: action, inputs, runs: { using: "composite", steps: [step] } }));
    options.push("--local-repository", `${name}=${path}`);
  }
  return options;
}

/** Writes a workflow into a clone, beside those that it has. */
export async function writeWorkflow(clone: string, name: string, workflow: object): Promise<void> {
  const path = join(clone, ".github/workflows", name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, stringify(workflow));
}
