import { githubAudience, githubIssuer, publishingActions } from "../../aws/index.ts";
import type { InfraAccount, InfraRole } from "./accounts.ts";

/** What has no resource: the token, and what the preflight asks of the account. */
const accountActions: readonly string[] = ["ecr:DescribeRepositoryCreationTemplates", "ecr:GetAccountSetting", "ecr:GetAuthorizationToken"];

/** What the role may do: in its account, at its repositories, and read its own trust policy. */
export function permissions(
  { account, partition }: Pick<InfraAccount, "account" | "partition">,
  { name, path, targets }: InfraRole,
): object {
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "SignIn", Effect: "Allow", Action: accountActions, Resource: "*" },
      { Sid: "Publish", Effect: "Allow", Action: publishingActions, Resource: targets },
      { Sid: "OwnTrust", Effect: "Allow", Action: ["iam:GetRole"], Resource: `arn:${partition}:iam::${account}:role${path}${name}` },
    ],
  };
}

/** Who may take the role: jobs of the configured branches. A pattern is compared by StringLike, a name by StringEquals. */
export function trust({ account, partition }: InfraAccount, { subjects }: InfraRole): object {
  const plain = subjects.filter((subject) => !/[*?]/.test(subject));
  const patterns = subjects.filter((subject) => /[*?]/.test(subject));
  const statement = (operator: string, of: readonly string[]): readonly object[] =>
    of.length === 0
      ? []
      : [
          {
            Effect: "Allow",
            Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${githubIssuer}` },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: conditions(operator, of),
          },
        ];
  return { Version: "2012-10-17", Statement: [...statement("StringEquals", plain), ...statement("StringLike", patterns)] };
}

function conditions(operator: string, subjects: readonly string[]): object {
  const audience = { [`${githubIssuer}:aud`]: githubAudience };
  const subject = { [`${githubIssuer}:sub`]: subjects };
  return operator === "StringEquals" ? { StringEquals: { ...audience, ...subject } } : { StringEquals: audience, [operator]: subject };
}

/** What a repository's own policy has to allow to roles of other accounts. */
export function guestPolicy(guests: readonly string[]): object {
  return {
    Version: "2012-10-17",
    Statement: [{ Sid: "Publish", Effect: "Allow", Principal: { AWS: guests }, Action: publishingActions }],
  };
}
