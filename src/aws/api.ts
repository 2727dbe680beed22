import type { EcrHost } from "../config/index.ts";
import { type CreationTemplate, creationTemplateFor } from "./creation-template.ts";
import { ecrClient } from "./ecr.ts";
import type { Environment } from "./environment.ts";
import { repositoryArn } from "./host.ts";
import { awsFailure } from "./refusal.ts";
import { describe, type EcrRepository, lifecycleOf, type NamedRepository, repositoryAt, taggingOf } from "./repository.ts";
import type { AwsSessions } from "./sessions.ts";

/** What ECR's API is spoken to with. */
export interface EcrApiOptions {
  readonly env: Environment;
  readonly sessions: AwsSessions;
  /** ARN of the IAM role to ask with; undefined for the identity that the environment has. */
  readonly role?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * ECR's API in one account and region. Each call throws Failure DENIED, UNAUTHORIZED, CREDENTIALS_MISSING, REGISTRY_UNREACHABLE or
 * REGISTRY_ERROR, and what taking the role throws.
 */
export interface EcrApi extends Disposable {
  /** A repository's settings; undefined where there is none. */
  repository(name: string): Promise<EcrRepository | undefined>;
  /** How tags may move, as far as every publisher may see it; undefined where there is no repository. */
  tagging(name: string): Promise<Pick<EcrRepository, "mutability" | "moving"> | undefined>;
  /** The lifecycle policy's document, or undefined. */
  lifecycle(name: string): Promise<unknown>;
  /** The template by which a push makes the repository; undefined where none does. */
  template(name: string): Promise<CreationTemplate | undefined>;
  create(name: string, wanted: EcrRepository): Promise<void>;
  /** Sets those settings of a repository that are named. */
  change(name: string, wanted: EcrRepository, settings: readonly (keyof EcrRepository)[]): Promise<void>;
  /** Whether the account mounts blobs between its repositories (GetAccountSetting BLOB_MOUNTING). */
  mountsBlobs(): Promise<boolean>;
}

type Sdk = typeof import("./ecr-client.ts");
type Client = InstanceType<Sdk["ECRClient"]>;

/** Speaks to ECR's API, as the role or with the identity that the environment has. The AWS SDK is loaded here, not before. */
export async function ecrApi(host: EcrHost, { env, sessions, role, signal }: EcrApiOptions): Promise<EcrApi> {
  const { account, region } = host;
  const sdk = await import("./ecr-client.ts");
  const keys = await sessions.credentials(role, host, { signal });
  const client = await ecrClient(host, env, keys);
  const named = (repositoryName: string) => ({ registryId: account, repositoryName });
  const guarded = async <T>(call: string, repository: string | undefined, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      signal?.throwIfAborted();
      throw awsFailure(thrown, {
        call,
        resource: repository === undefined ? "*" : repositoryArn(host, repository),
        purpose: `${looking.test(call) ? "look at" : "set up"} ${repository ?? "the account's settings"} in account ${account}`,
        region,
        principal: keys?.principal ?? role,
        facts: { account },
      });
    }
  };
  return {
    repository: async (name) => await guarded("ecr:DescribeRepositories", name, async () => await describe(client, named(name))),
    tagging: async (name) => await guarded("ecr:DescribeRepositories", name, async () => await taggingOf(client, named(name))),
    lifecycle: async (name) => await guarded("ecr:GetLifecyclePolicy", name, async () => await lifecycleOf(client, named(name))),
    template: async (name) =>
      await guarded("ecr:DescribeRepositoryCreationTemplates", undefined, async () => await creationTemplateFor(client, name)),
    create: async (name, wanted) => {
      const tags = Object.entries(wanted.tags).map(([Key, Value]) => ({ Key, Value }));
      await guarded("ecr:CreateRepository", name, async () => {
        await client.send(
          new sdk.CreateRepositoryCommand({
            ...named(name),
            imageTagMutability: wanted.mutability,
            imageTagMutabilityExclusionFilters: filters(wanted.moving),
            imageScanningConfiguration: { scanOnPush: wanted.scanOnPush },
            tags,
          }),
        );
      });
      for (const setting of ["lifecycle", "policy"] as const)
        await guarded(calls[setting], name, () => put(sdk, client, named(name), wanted, setting));
    },
    change: async (name, wanted, settings) => {
      for (const setting of settings) await guarded(calls[setting], name, () => put(sdk, client, named(name), wanted, setting));
    },
    mountsBlobs: async () =>
      await guarded("ecr:GetAccountSetting", undefined, async () => {
        const { value } = await client.send(new sdk.GetAccountSettingCommand({ name: "BLOB_MOUNTING" }));
        return value === "ENABLED";
      }),
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** Calls that change nothing. */
const looking = /:(?:Describe|Get|List)/;

/** The call that sets each setting. */
const calls: Readonly<Record<keyof EcrRepository, string>> = {
  mutability: "ecr:PutImageTagMutability",
  moving: "ecr:PutImageTagMutability",
  scanOnPush: "ecr:PutImageScanningConfiguration",
  lifecycle: "ecr:PutLifecyclePolicy",
  policy: "ecr:SetRepositoryPolicy",
  tags: "ecr:TagResource",
};

function filters(moving: readonly string[]) {
  return moving.length === 0 ? undefined : moving.map((filter) => ({ filter, filterType: "WILDCARD" as const }));
}

async function put(
  sdk: Sdk,
  client: Client,
  named: NamedRepository,
  { mutability, moving, scanOnPush, lifecycle, policy, tags }: EcrRepository,
  setting: keyof EcrRepository,
): Promise<void> {
  if (setting === "lifecycle" && lifecycle !== undefined)
    await client.send(new sdk.PutLifecyclePolicyCommand({ ...named, lifecyclePolicyText: JSON.stringify(lifecycle) }));
  else if (setting === "policy" && policy !== undefined)
    await client.send(new sdk.SetRepositoryPolicyCommand({ ...named, policyText: JSON.stringify(policy) }));
  else if (setting === "scanOnPush")
    await client.send(new sdk.PutImageScanningConfigurationCommand({ ...named, imageScanningConfiguration: { scanOnPush } }));
  else if (setting === "mutability" || setting === "moving")
    await client.send(
      new sdk.PutImageTagMutabilityCommand({
        ...named,
        imageTagMutability: mutability,
        imageTagMutabilityExclusionFilters: filters(moving),
      }),
    );
  else if (setting === "tags") {
    const resourceArn = (await repositoryAt(client, named))?.repositoryArn;
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
  }
}
