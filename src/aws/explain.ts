import { type EcrHost, parseEcrHost } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { repositoryArn } from "./host.ts";
import type { CallerIdentity } from "./identity.ts";
import { permissionFor, publishingActions } from "./permissions.ts";
import { allowing, explicitDenyIn, principalIn, refusedIn } from "./refusal.ts";

/** Says more of what a registry of ECR answered: who was refused what, and what would allow it; where a repository is missed, what makes it. */
export async function explainAnswer(failure: Failure, host: string, who: () => Promise<CallerIdentity | undefined>): Promise<Failure> {
  const there = parseEcrHost(host);
  const url = URL.parse(String(failure.facts["url"] ?? ""));
  if (there === undefined || url === null) return failure;
  const { action, repository } = permissionFor(String(failure.facts["method"] ?? ""), url);
  if (failure.code === "NOT_FOUND") return repository === undefined ? failure : missing(failure, there, host, repository);
  if (failure.code !== "DENIED" || /quota|limit exceeded/i.test(failure.message)) return failure;
  const said = refusedIn(failure.message);
  const call = said.call ?? action;
  const resource = said.resource ?? (repository === undefined ? "*" : repositoryArn(there, repository));
  if (call === undefined) return failure;
  const principal = principalIn(failure.message) ?? (await who())?.arn;
  return new Failure("DENIED", `${principal ?? "the AWS identity"} may not call ${call} on ${resource}: ${failure.message}`, {
    hint: explicitDenyIn(failure.message) ?? statements(call, resource, principal, there),
    facts: { ...failure.facts, call, resource, principal },
    cause: failure,
  });
}

function missing(failure: Failure, { region, account }: EcrHost, host: string, repository: string): Failure {
  if (failure.facts["registryCode"] !== "NAME_UNKNOWN") return failure;
  return new Failure("NOT_FOUND", failure.message, {
    hint: `Account ${account} has no repository ${repository} in ${region}. If the region is right, waybill ecr create --to ${host}/${repository} makes it.`,
    facts: { ...failure.facts, account, region, repository },
    cause: failure,
  });
}

/** One statement for an identity of the registry's account; of another account the repository has to let it in, too. */
function statements(call: string, resource: string, principal: string | undefined, { account }: EcrHost): string {
  const own = allowing(call, resource);
  const caller = principal?.split(":")[4];
  if (principal === undefined || caller === undefined || caller === account)
    return `This statement in the policy of ${principal ?? "its role"} allows it: ${own}`;
  return `${principal} is of account ${caller} and the registry of ${account}, so both have to allow it. In the policy of the repository: ${guest(principal)}. In the policy of ${principal}: ${own}`;
}

/** What a repository's own policy has to say to let an identity of another account publish; it names no resource. */
function guest(principal: string): string {
  return JSON.stringify({ Effect: "Allow", Principal: { AWS: lasting(principal) }, Action: publishingActions });
}

/** A session ends; its role, whose path its ARN leaves out, does not. */
function lasting(principal: string): string {
  const [, partition, account, name] = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principal) ?? [];
  return name === undefined ? principal : `arn:${partition}:iam::${account}:role/${name}`;
}

/** What is to be said of an identity of another account than the registry's, which is legitimate and often a mistake. */
export function guestNote(who: CallerIdentity | undefined, host: string): string | undefined {
  const account = parseEcrHost(host)?.account;
  if (account === undefined || who === undefined || who.account === account) return undefined;
  return `${who.arn} of account ${who.account} signs in at account ${account}'s registry: the repository's policy there has to let it in`;
}
