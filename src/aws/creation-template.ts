import { type EcrRepository, taggingIn } from "./repository.ts";

type Client = InstanceType<typeof import("./ecr-client.ts").ECRClient>;

/** A template by which ECR makes a repository when it is pushed to (Amazon ECR, "Repository creation templates"). */
export interface CreationTemplate extends Pick<EcrRepository, "mutability" | "moving"> {
  /** What names of repositories begin with; `ROOT` for all that no other template is for. */
  readonly prefix: string;
}

/** The template that would make a repository of this name on push; undefined where none would. */
export async function creationTemplateFor(client: Client, name: string): Promise<CreationTemplate | undefined> {
  const { DescribeRepositoryCreationTemplatesCommand } = await import("./ecr-client.ts");
  const found: CreationTemplate[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new DescribeRepositoryCreationTemplatesCommand(nextToken === undefined ? {} : { nextToken }));
    for (const one of page.repositoryCreationTemplates ?? []) {
      const { prefix = "", appliedFor = [] } = one;
      if (!appliedFor.includes("CREATE_ON_PUSH") || !(prefix === "ROOT" || name.startsWith(`${prefix}/`))) continue;
      found.push({ prefix, ...taggingIn(one) });
    }
    nextToken = page.nextToken;
  } while (nextToken);
  const specific = (prefix: string): number => (prefix === "ROOT" ? 0 : prefix.length);
  return found.sort((a, b) => specific(b.prefix) - specific(a.prefix))[0];
}
