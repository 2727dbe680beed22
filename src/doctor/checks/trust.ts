import { type CollectionTag, parse, type ScalarTag } from "yaml";
import { githubAudience, githubIssuer } from "../../aws/index.ts";
import { parseEcrHost } from "../../config/index.ts";
import { partFailure } from "../../failure/index.ts";
import type { Check, Finding, Patient } from "../check.ts";

/** CloudFormation's short forms: what they stand for is not known here, their text is kept. */
const short = [
  "Ref",
  "Sub",
  "GetAtt",
  "Join",
  "Equals",
  "If",
  "Select",
  "Split",
  "And",
  "Or",
  "Not",
  "Condition",
  "ImportValue",
  "FindInMap",
];
const tags: readonly (ScalarTag | CollectionTag)[] = short.flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => text },
  { tag: `!${name}`, collection: "seq" },
]);

/**
 * The trust policies let in the configured branches, and no other: the one that was handed in (JSON, CloudFormation, Terraform's
 * JSON), and those of the destinations' roles as IAM has them.
 */
export const trustCheck: Check = async (patient) => {
  const { trustPolicy, outline, images } = patient;
  const roles = rolesOf(images);
  if (trustPolicy === undefined && roles.size === 0) return [];
  const [, repository] = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)$/.exec(outline.source ?? "") ?? [];
  if (repository === undefined)
    return [{ level: "warning", what: "the trust policy cannot be compared: there is no remote", mend: "git remote add origin …" }];
  const given = trustPolicy === undefined ? [] : trustFindings(trustPolicy, repository, unique(images.flatMap(({ branches }) => branches)));
  const inForce = await Promise.all([...roles].map(([role, use]) => ofRole(role, use, repository, patient)));
  return [...given, ...inForce.flat()];
};

/** Where a role is used, and for which branches. */
interface Use {
  readonly host: string;
  readonly branches: readonly string[];
}

function rolesOf(images: Patient["images"]): ReadonlyMap<string, Use> {
  const roles = new Map<string, Use>();
  for (const { destinations, branches } of images)
    for (const { role, host } of destinations) {
      if (role === undefined || parseEcrHost(host) === undefined) continue;
      roles.set(role, { host, branches: unique([...(roles.get(role)?.branches ?? []), ...branches]) });
    }
  return roles;
}

async function ofRole(
  role: string,
  { host, branches }: Use,
  repository: string,
  { trustOf, signal }: Patient,
): Promise<readonly Finding[]> {
  try {
    const policy = await trustOf(role, host);
    if (policy !== undefined) return trustFindings(policy, repository, branches, `the trust policy of ${role}`);
    const mend = "waybill init --infra writes it, with its trust policy";
    return [{ level: "error", what: `the role ${role} does not exist`, mend, code: "CREDENTIALS_FAILED" }];
  } catch (thrown) {
    const { code, message, hint } = partFailure(thrown, signal);
    // That there is nobody to ask is what the other checks say.
    if (code === "CREDENTIALS_MISSING") return [];
    return [{ level: "warning", what: `the trust policy of ${role} cannot be read: ${message}`, mend: hint }];
  }
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

/**
 * What a trust policy lets in and what not, of the tokens that GitHub gives (GitHub, "OpenID Connect reference").
 * @param repository OWNER/NAME
 */
export function trustFindings(
  text: string,
  repository: string,
  branches: readonly string[],
  name = "the trust policy",
): readonly Finding[] {
  if (/^\s*resource\s+"/m.test(text)) {
    const mend = "hand in what terraform show -json PLAN writes, or the policy itself";
    return [{ level: "error", what: "the trust policy is in Terraform's own language, which is not read here", mend, code: "USAGE" }];
  }
  let document: unknown;
  try {
    document = parse(text, { customTags: (all) => [...all, ...tags] as never, logLevel: "silent" });
  } catch {
    return [
      {
        level: "error",
        what: "the trust policy is neither JSON nor YAML",
        mend: "hand in the policy, or the template",
        code: "CONFIG_INVALID",
      },
    ];
  }
  const statements = statementsIn(document);
  if (statements.length === 0) {
    const mend = "allow sts:AssumeRoleWithWebIdentity: docs/ecr.md has the statement";
    return [{ level: "error", what: `${name} lets nobody in by GitHub's tokens`, mend, code: "DENIED" }];
  }
  return [...statements.flatMap((one) => tooWide(one, name)), ...branches.flatMap((branch) => letIn(branch, repository, statements, name))];
}

interface Statement {
  readonly audiences: readonly string[];
  readonly subjects: readonly { readonly text: string; readonly pattern: boolean }[];
}

function statementsIn(value: unknown): readonly Statement[] {
  if (typeof value === "string" && /^\s*\{[\s\S]*AssumeRole/.test(value)) {
    try {
      return statementsIn(JSON.parse(value));
    } catch {
      return [];
    }
  }
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (typeof value !== "object" || value === null) return [];
  const { Action, Effect, Condition, Principal } = value as Readonly<Record<string, unknown>>;
  if (isOthers(Principal)) return [];
  if (Effect === "Allow" && texts(Action).some((one) => /^sts:(?:AssumeRoleWithWebIdentity|AssumeRole\*|\*)$/i.test(one)))
    return [statementOf(Condition)];
  return Object.values(value).flatMap(statementsIn);
}

/** Whether a statement is for the tokens of another provider than GitHub. */
function isOthers(principal: unknown): boolean {
  const federated = texts((principal as { readonly Federated?: unknown } | undefined)?.Federated);
  return (
    federated.length > 0 && federated.every((one) => one.includes(":oidc-provider/") && !one.includes(`:oidc-provider/${githubIssuer}`))
  );
}

function statementOf(condition: unknown): Statement {
  const all = Object.entries((condition ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>).flatMap(([operator, keys]) =>
    Object.entries(keys ?? {}).flatMap(([key, value]) =>
      texts(value).map((text) => ({ key, text, pattern: /Like$/i.test(operator), operator })),
    ),
  );
  const of = (name: string) =>
    all.filter(({ key, operator }) => key === `${githubIssuer}:${name}` && /^(?:ForAnyValue:)?String(?:Equals|Like)/.test(operator));
  return { audiences: of("aud").map(({ text }) => text), subjects: of("sub") };
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string");
}

function tooWide({ audiences, subjects }: Statement, name: string): readonly Finding[] {
  const patterns = subjects.flatMap(({ text, pattern }) => (pattern ? text : []));
  const wide = patterns.filter((text) => /(?:^|:)\*$/.test(text));
  const foreign = patterns.filter((text) => /^repo:[^:]*[*?]/.test(text));
  const mend = "name the branches: repo:OWNER/NAME:ref:refs/heads/main (docs/ecr.md, Trust)";
  return [
    ...(subjects.length === 0
      ? [
          {
            level: "error" as const,
            what: `${name} has no condition on sub: every repository at GitHub may take the role`,
            mend,
            code: "DENIED" as const,
          },
        ]
      : []),
    ...(audiences.includes(githubAudience)
      ? []
      : [
          {
            level: "warning" as const,
            what: `${name} does not ask for aud ${githubAudience}`,
            mend: `add "${githubIssuer}:aud": "${githubAudience}"`,
          },
        ]),
    ...foreign.map((text) => ({ level: "warning" as const, what: `${text} in ${name} lets in other repositories too`, mend })),
    ...wide.map((text) => ({ level: "warning" as const, what: `${text} in ${name} lets in every branch, tag and pull request`, mend })),
  ];
}

function letIn(branch: string, repository: string, statements: readonly Statement[], name: string): readonly Finding[] {
  // A pattern of branches is let in where one branch of it is.
  const wanted = `repo:${repository}:ref:refs/heads/${branch.replaceAll("*", "x")}`;
  const open = statements.some(({ subjects }) =>
    subjects.some(({ text, pattern }) => (pattern ? wildcard(text).test(wanted) : text === wanted)),
  );
  if (open) return [{ level: "pass", what: `${name} lets in ${branch} of ${repository}` }];
  const subject = `repo:${repository}:ref:refs/heads/${branch}`;
  return [{ level: "error", what: `${name} does not let in ${branch} of ${repository}`, mend: `add ${subject} to sub`, code: "DENIED" }];
}

/** IAM's patterns have `*` for any text and `?` for one character. */
function wildcard(text: string): RegExp {
  return new RegExp(
    `^${text
      .replace(/[.\-\\^$+()[\]{}|/]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
}
