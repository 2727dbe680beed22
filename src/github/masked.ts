import { parse } from "yaml";

/** A job's workflow, as it stands in the checkout. */
export interface WorkflowFile {
  /** `.github/workflows/NAME.yml`. */
  readonly path: string;
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** A job of a workflow with the variables that it has from around it. */
export interface Job {
  readonly job: Fields;
  readonly steps: readonly Fields[];
  /** Variables and inputs, by the name that a process has them under, as they are written. */
  readonly written: readonly (readonly [variable: string, template: string])[];
}

/** A value that GitHub masks. */
interface MaskedValue {
  readonly value: string;
  /** What it is, without it. */
  readonly what: string;
  /** Where the workflow says so, from 1. */
  readonly line: number;
  /** What to do that it is not masked. */
  readonly mend: string;
}

/** A job by its key; undefined where the file has none of it, or is no workflow. */
export function jobOf({ text }: WorkflowFile, name: string): Job | undefined {
  let workflow: Fields;
  try {
    workflow = fields(parse(text, { logLevel: "silent" }));
  } catch {
    return undefined;
  }
  const jobs = fields(workflow["jobs"]);
  if (!Object.hasOwn(jobs, name)) return undefined;
  const job = fields(jobs[name]);
  const steps = (Array.isArray(job["steps"]) ? job["steps"] : []).map(fields);
  const variables = [workflow, job, ...steps].flatMap((one) => Object.entries(fields(one["env"])));
  const inputs = steps.flatMap((step) =>
    Object.entries(fields(step["with"])).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]),
  );
  const written = [...variables, ...inputs].flatMap(([variable, value]) =>
    typeof value === "string" ? [[String(variable), value] as const] : [],
  );
  return { job, steps, written };
}

/** Which of a step's outputs the job hands on; all of them where it hands on the whole. */
export function namesHandedOn({ job }: Job, names: readonly string[]): readonly string[] {
  const used = Object.values(fields(job["outputs"])).flatMap((value) => [
    ...String(value).matchAll(/\bsteps\.[\w-]+\.outputs\b(?:\.([\w-]+)|\['([\w-]+)'\])?/g),
  ]);
  const all = used.some(([, plain, quoted]) => (plain ?? quoted) === undefined);
  return names.filter((name) => all || used.some(([, plain, quoted]) => (plain ?? quoted) === name));
}

/**
 * Values that are masked in the job.
 * @param held texts that may hold one
 */
export function maskedValues(workflow: WorkflowFile, job: Job, env: Environment, held: readonly string[]): readonly MaskedValue[] {
  return [...accounts(workflow, job, held), ...secrets(workflow, job, env)];
}

/** `mask-aws-account-id` masks the number of the account whose credentials it gets. */
function accounts(workflow: WorkflowFile, { steps }: Job, held: readonly string[]): readonly MaskedValue[] {
  const masking = steps.filter(
    (step) =>
      /^aws-actions\/configure-aws-credentials@/.test(String(step["uses"])) &&
      /^true$/i.test(String(fields(step["with"])["mask-aws-account-id"])),
  );
  // Where the role is not written out its account is not known, and may be that of any registry.
  const numbers = masking.flatMap((step) => {
    const [, account] = /^arn:[a-z-]+:iam::(\d{12}):/.exec(String(fields(step["with"])["role-to-assume"])) ?? [];
    return account === undefined
      ? held.flatMap((text) => [...text.matchAll(/\b(\d{12})\.dkr[.-]ecr/g)].map(([, number = ""]) => number))
      : [account];
  });
  return [...new Set(numbers)].map((value) => ({
    value,
    what: "the AWS account's number",
    line: lineOf(workflow, /mask-aws-account-id/),
    mend: "Remove mask-aws-account-id: an account's number is no secret",
  }));
}

/** Secrets in variables and inputs of this process: what stands where the workflow has `secrets.NAME`. */
function secrets(workflow: WorkflowFile, { written }: Job, env: Environment): readonly MaskedValue[] {
  return written.flatMap(([variable, template]) =>
    filledIn(template.trim(), (env[variable] ?? "").trim()).flatMap(([expression, value]) => {
      const [, name] = /\bsecrets\.([A-Za-z_]\w*)/.exec(expression) ?? [];
      if (name === undefined || value === "") return [];
      return [
        {
          value,
          what: `the secret ${name}`,
          line: lineOf(workflow, new RegExp(`\\bsecrets\\.${name}\\b`)),
          mend: `Keep it as a variable (vars.${name}) where it is no secret`,
        },
      ];
    }),
  );
}

/** Each expression of a template with what stands in its place in the value; empty where the value is not the template's. */
function filledIn(template: string, value: string): readonly (readonly [expression: string, text: string])[] {
  const [first = "", ...rest] = template.split(/(\$\{\{.*?\}\})/s);
  if (!value.startsWith(first)) return [];
  const found: [string, string][] = [];
  let at = first.length;
  for (let index = 0; index < rest.length; index += 2) {
    const [expression = "", literal = ""] = rest.slice(index, index + 2);
    const end = index + 2 < rest.length ? value.indexOf(literal, at + 1) : value.length - literal.length;
    if (end < at || !value.startsWith(literal, end)) return [];
    found.push([expression, value.slice(at, end)]);
    at = end + literal.length;
  }
  return found;
}

function lineOf({ text }: WorkflowFile, pattern: RegExp): number {
  return text.split("\n").findIndex((line) => pattern.test(line)) + 1;
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
