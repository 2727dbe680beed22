import { Failure, quoteForeign } from "../failure/index.ts";

/** What the command line is called with, and what its environment has besides the runner's own. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * How an input becomes part of the call; `off` names the flag of an input that is on unless it says false, `either` one that
 * has a flag for each.
 */
type Meaning =
  | { readonly as: "flag"; readonly flag: string; readonly many?: true }
  | { readonly as: "switch"; readonly flag: string }
  | { readonly as: "off"; readonly flag: string }
  | { readonly as: "either"; readonly name: string }
  | { readonly as: "variable"; readonly name: string };

/**
 * All inputs but `latest`, by their names in action.yml. Each is a flag or a variable of the command line, so that one precedence holds
 * everywhere.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  config: { as: "variable", name: "WAYBILL_CONFIG" },
  to: { as: "flag", flag: "--to", many: true },
  image: { as: "variable", name: "WAYBILL_IMAGE" },
  registry: { as: "variable", name: "ECR_REGISTRY" },
  only: { as: "flag", flag: "--image", many: true },
  commit: { as: "flag", flag: "--commit" },
  repo: { as: "flag", flag: "--repo" },
  file: { as: "flag", flag: "--file" },
  context: { as: "flag", flag: "--context" },
  platform: { as: "flag", flag: "--platform" },
  engine: { as: "flag", flag: "--engine" },
  "ca-file": { as: "flag", flag: "--ca-file" },
  endpoints: { as: "variable", name: "WAYBILL_ENDPOINTS" },
  // A name of its own: GITHUB_TOKEN may be another token, which a build has as its secret.
  "github-token": { as: "variable", name: "WAYBILL_GITHUB_TOKEN" },
  record: { as: "variable", name: "WAYBILL_RECORD" },
  "on-failure": { as: "variable", name: "WAYBILL_ON_FAILURE" },
  "dry-run": { as: "switch", flag: "--dry-run" },
  adopt: { as: "switch", flag: "--adopt" },
  explain: { as: "switch", flag: "--explain" },
  verbose: { as: "switch", flag: "--verbose" },
  "skip-auth": { as: "switch", flag: "--skip-auth" },
  reuse: { as: "off", flag: "--no-reuse" },
  smoke: { as: "either", name: "smoke" },
  "every-commit": { as: "either", name: "every-commit" },
};

/**
 * The call of `waybill publish` that the inputs of the action ask for. An empty input is one that was not given.
 * @param env the runner's environment, which has an input as `INPUT_NAME` (GitHub Docs, "Metadata syntax", inputs)
 * @throws Failure CONFIG_INVALID, naming the input
 */
export function callOf(env: Readonly<Record<string, string | undefined>>): Call {
  const input = (name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  const parts = Object.entries(meanings).map(([name, meaning]) => partOf(name, input(name), meaning));
  return {
    argv: ["publish", ...parts.flatMap(({ argv }) => argv), ...latest(input("latest"))],
    env: Object.assign({}, ...parts.map((part) => part.env)),
  };
}

function partOf(name: string, value: string, meaning: Meaning): Call {
  if (value === "") return { argv: [], env: {} };
  switch (meaning.as) {
    // With an equals sign, so that a value that begins with a dash is no flag of its own.
    case "flag":
      return { argv: (meaning.many ? value.split(/[\s,]+/) : [value]).map((one) => `${meaning.flag}=${one}`), env: {} };
    case "switch":
      return { argv: yes(name, value) ? [meaning.flag] : [], env: {} };
    case "off":
      return { argv: yes(name, value) ? [] : [meaning.flag], env: {} };
    case "either":
      return { argv: [`--${yes(name, value) ? "" : "no-"}${meaning.name}`], env: {} };
    case "variable":
      return { argv: [], env: { [meaning.name]: value } };
  }
}

function latest(value: string): readonly string[] {
  if (value === "") return [];
  return value === "off" || value === "false" ? ["--no-latest"] : [`--latest=${value}`];
}

/** The forms of YAML's core schema, as GitHub's own actions take them. */
function yes(name: string, value: string): boolean {
  if (/^(?:true|True|TRUE)$/.test(value)) return true;
  if (/^(?:false|False|FALSE)$/.test(value)) return false;
  throw new Failure("CONFIG_INVALID", `input ${name}: expected true or false, found "${quoteForeign(value, 80)}"`, {
    hint: `Write \`${name}: true\` or \`${name}: false\` under \`with:\`.`,
  });
}
