import type { Repository } from "@aws-sdk/client-ecr";

type Client = InstanceType<typeof import("./ecr-client.ts").ECRClient>;

/** A repository's settings at ECR, as far as publishing has to do with them. */
export interface EcrRepository {
  readonly mutability: "MUTABLE" | "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION";
  /** Filters of tags that `mutability` excludes. */
  readonly moving: readonly string[];
  readonly scanOnPush: boolean;
  /** The lifecycle policy's document; undefined where there is none. */
  readonly lifecycle: unknown;
  /** The repository policy's document; undefined where there is none. */
  readonly policy: unknown;
  readonly tags: Readonly<Record<string, string>>;
}

/** A repository as ECR's API names it. */
export interface NamedRepository {
  readonly registryId: string;
  readonly repositoryName: string;
}

/** What ECR says of a repository itself; undefined where there is no such repository. */
export async function repositoryAt(client: Client, { registryId, repositoryName }: NamedRepository): Promise<Repository | undefined> {
  const { DescribeRepositoriesCommand } = await import("./ecr-client.ts");
  const asked = client.send(new DescribeRepositoriesCommand({ registryId, repositoryNames: [repositoryName] }));
  return (await absent("RepositoryNotFoundException", asked))?.repositories?.[0];
}

/** Asks for all settings of a repository; undefined where there is no such repository. */
export async function describe(client: Client, named: NamedRepository): Promise<EcrRepository | undefined> {
  const { GetLifecyclePolicyCommand, GetRepositoryPolicyCommand, ListTagsForResourceCommand } = await import("./ecr-client.ts");
  const repository = await repositoryAt(client, named);
  if (repository === undefined) return undefined;
  const [lifecycle, policy, tags] = await Promise.all([
    absent("LifecyclePolicyNotFoundException", client.send(new GetLifecyclePolicyCommand(named))),
    absent("RepositoryPolicyNotFoundException", client.send(new GetRepositoryPolicyCommand(named))),
    client.send(new ListTagsForResourceCommand({ resourceArn: repository.repositoryArn })),
  ]);
  return {
    ...taggingIn(repository),
    scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
    lifecycle: lifecycle && JSON.parse(lifecycle.lifecyclePolicyText ?? "null"),
    policy: policy && JSON.parse(policy.policyText ?? "null"),
    tags: Object.fromEntries((tags.tags ?? []).map(({ Key, Value }) => [Key, Value ?? ""])),
  };
}

/** How tags of a repository may move; undefined where there is no such repository. */
export async function taggingOf(client: Client, named: NamedRepository) {
  const repository = await repositoryAt(client, named);
  return repository && taggingIn(repository);
}

/** How tags may move, of a repository or of a template for some. */
export function taggingIn({
  imageTagMutability,
  imageTagMutabilityExclusionFilters = [],
}: Pick<Repository, "imageTagMutability" | "imageTagMutabilityExclusionFilters">) {
  return {
    mutability: imageTagMutability ?? "MUTABLE",
    moving: imageTagMutabilityExclusionFilters.flatMap(({ filter }) => filter ?? []),
  };
}

/** The lifecycle policy of a repository; undefined where there is none, or no such repository. */
export async function lifecycleOf(client: Client, named: NamedRepository): Promise<unknown> {
  const { GetLifecyclePolicyCommand } = await import("./ecr-client.ts");
  const asked = absent("LifecyclePolicyNotFoundException", client.send(new GetLifecyclePolicyCommand(named)));
  return JSON.parse((await absent("RepositoryNotFoundException", asked))?.lifecyclePolicyText ?? "null");
}

/** An answer, or undefined where AWS says by this name that there is none. */
async function absent<T>(name: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === name) return undefined;
    throw thrown;
  }
}
