import { githubAudience, githubIssuer, publishingActions } from "../../aws/index.ts";
import type { InfraAccount, InfraRole } from "./accounts.ts";

/** What the role may do: a token, which has no resource, and its repositories. */
export function permissions({ targets }: InfraRole): object {
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "SignIn", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
      { Sid: "Publish", Effect: "Allow", Action: publishingActions, Resource: targets },
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
