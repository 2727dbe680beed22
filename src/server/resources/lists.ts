import { isDigest, mediaTypes } from "../../oci/index.ts";
import { can } from "../../store/index.ts";
import { type Answer, json, refusal } from "../answer.ts";
import type { RepositoryRequest, Request } from "../request.ts";

/** The most names in one page, and how many there are unless the client says. */
const pageLimit = 10_000;
const pageSize = 1000;

/** Tags of a repository, in pages (OCI distribution-spec, "Listing Tags"). */
export async function tags(request: RepositoryRequest): Promise<Answer> {
  const { store, name, method, signal } = request;
  if (method !== "GET" && method !== "HEAD") return refusal("UNSUPPORTED", `${method} is not a method of tags`);
  const all = await Array.fromAsync(store.tags({ signal }));
  if (all.length === 0 && !(await exists(request))) return refusal("NAME_UNKNOWN", `there is no repository ${name}`);
  return page(request, all, `/v2/${name}/tags/list`, (some) => ({ name, tags: some }));
}

/** Names of all repositories, in pages (Docker's "Listing Repositories"). */
export async function catalog(request: Request): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return refusal("UNSUPPORTED", `${request.method} is not a method of the catalog`);
  const all = await Array.fromAsync(request.repositories.list({ signal: request.signal }));
  return page(request, all, "/v2/_catalog", (repositories) => ({ repositories }));
}

/** What refers to a manifest, there or not yet (OCI distribution-spec, "Listing Referrers"). */
export async function referrers({ store, method, query, signal }: RepositoryRequest, digest: string): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return refusal("UNSUPPORTED", `${method} is not a method of referrers`);
  if (!isDigest(digest)) return refusal("DIGEST_INVALID", `not a digest: ${digest.slice(0, 200)}`);
  if (!can(store, "referring")) return refusal("UNSUPPORTED", "this registry lists no referrers", { status: 404 });
  const artifactType = query.get("artifactType") ?? undefined;
  const manifests = await store.referrers(digest, { artifactType, signal });
  return json(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    { "content-type": mediaTypes.ociIndex, ...(artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }) },
  );
}

async function exists({ repositories, name, signal }: RepositoryRequest): Promise<boolean> {
  for await (const one of repositories.list({ signal })) if (one === name) return true;
  return false;
}

/** One page of names that stand in lexical order, with a Link to the next. */
function page(request: Request, all: readonly string[], path: string, body: (some: readonly string[]) => object): Answer {
  const asked = request.query.get("n");
  const size = asked === null ? pageSize : Number(asked);
  if (!Number.isInteger(size) || size < 0) return refusal("SIZE_INVALID", `n is not a number: ${asked?.slice(0, 20)}`);
  const after = request.query.get("last") ?? "";
  const rest = after === "" ? all : all.filter((name) => name > after);
  const some = rest.slice(0, Math.min(size, pageLimit));
  const last = some.at(-1);
  if (last === undefined || some.length === rest.length) return json(200, body(some));
  const next = new URLSearchParams({ n: String(some.length), last });
  return json(200, body(some), { link: `<${path}?${next}>; rel="next"` });
}
