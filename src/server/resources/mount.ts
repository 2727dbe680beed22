import type { Digest } from "../../oci/index.ts";
import { can } from "../../store/index.ts";
import type { RepositoryRequest } from "../request.ts";

/** How many repositories are looked through for a blob whose place the client does not name. */
const searchLimit = 1000;

/**
 * Takes a blob over from another repository, from any that has it where none is named
 * (OCI distribution-spec, "Mounting a blob from another repository").
 * @param from a repository's name
 */
export async function mountBlob(request: RepositoryRequest, digest: Digest, from: string | undefined): Promise<boolean> {
  const { store, repositories, name, signal } = request;
  if (can(store, "locating") && (await store.locate(digest, { signal })) !== undefined) return true;
  if (!can(store, "mounting")) return false;
  let looked = 0;
  for await (const other of from === undefined ? repositories.list({ signal }) : [from]) {
    if (++looked > searchLimit) return false;
    if (other === name) continue;
    const source = repositories.open(other);
    const found = can(source, "locating") ? await source.locate(digest, { signal }) : undefined;
    if (found !== undefined && (await store.mount(found, source, { signal }))) return true;
  }
  return false;
}
