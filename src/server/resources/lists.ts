import { type Answer, refusal } from "../answer.ts";
import { page } from "../paging.ts";
import type { RepositoryRequest, Request } from "../request.ts";

/** Tags of a repository, in pages (OCI distribution-spec, "Listing Tags"). */
export async function listTags(request: RepositoryRequest): Promise<Answer> {
  const { store, name, signal } = request;
  const tags = await Array.fromAsync(store.tags({ signal }));
  if (tags.length === 0 && !(await exists(request))) {
    return refusal("NAME_UNKNOWN", `there is no repository ${name}`, { detail: { name } });
  }
  return page(request, tags, `/v2/${name}/tags/list`, (some) => ({ name, tags: some }));
}

/** Names of all repositories, in pages (Docker's "Listing Repositories"). */
export async function listRepositories(request: Request): Promise<Answer> {
  const names = await Array.fromAsync(request.repositories.list({ signal: request.signal }));
  return page(request, names, "/v2/_catalog", (repositories) => ({ repositories }));
}

async function exists({ repositories, name, signal }: RepositoryRequest): Promise<boolean> {
  for await (const one of repositories.list({ signal })) if (one === name) return true;
  return false;
}
