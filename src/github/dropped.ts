import type { WorkflowFile } from "./masked.ts";

/** Outputs of the job that nobody will get, why, and what to do. */
export interface DroppedOutputs {
  readonly text: string;
  readonly hint: string;
}

/** Far above any workflow. */
const limit = 512 * 1024;
/** What no workflow is without that masks a value which outputs may hold. */
const telling = /mask-aws-account-id|\bsecrets\b/;
/** What hands on outputs of a step. */
const handing = /\bsteps\.[\w-]+\.outputs\b/;

/** Where the workflow of the run stands in its repository, by GITHUB_WORKFLOW_REF (`OWNER/NAME/PATH@REF`); undefined for another's. */
export function workflowPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const [, repository, path] = /^([^/]+\/[^/]+)\/(\.github\/workflows\/[\w.-]+\.ya?ml)@/.exec(env["GITHUB_WORKFLOW_REF"] ?? "") ?? [];
  return repository === env["GITHUB_REPOSITORY"] ? path : undefined;
}

/**
 * Which outputs GitHub drops where they leave the job, because they hold a masked value: it says so in a line of the log only, and no
 * process can ask which values are masked. The workflow tells: `mask-aws-account-id`, and secrets in variables and inputs (actions/runner,
 * "Skip output since it may contain secret").
 * @param env the step's environment, in which the values are
 */
export async function droppedOutputs(
  workflow: WorkflowFile,
  env: Readonly<Record<string, string | undefined>>,
  outputs: Readonly<Record<string, string>>,
): Promise<readonly DroppedOutputs[]> {
  const job = env["GITHUB_JOB"];
  if (!job || workflow.text.length > limit || !telling.test(workflow.text) || !handing.test(workflow.text)) return [];
  // YAML is read here only, and takes longer to load than all else here.
  const { jobOf, maskedValues, namesHandedOn } = await import("./masked.ts");
  const found = jobOf(workflow, job);
  const names = found === undefined ? [] : namesHandedOn(found, Object.keys(outputs));
  if (found === undefined || names.length === 0) return [];
  return maskedValues(workflow, found, env, Object.values(outputs)).flatMap(({ value, what, line, mend }) => {
    const holding = names.filter((name) => outputs[name]?.includes(value));
    if (holding.length === 0) return [];
    const which = `output${holding.length === 1 ? "" : "s"} ${holding.join(", ")}`;
    return [
      {
        text: `GitHub will drop the job's ${which}: ${holding.length === 1 ? "it holds" : "they hold"} ${what}, which is masked (${workflow.path}:${line})`,
        hint: `${mend}; or hand on digest and git_sha only, and let the job that takes them write the registry's name itself.`,
      },
    ];
  });
}
