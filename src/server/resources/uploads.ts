import { algorithmOf, type DigestAlgorithm, isDigest, isRepository } from "../../oci/index.ts";
import { can } from "../../store/index.ts";
import { type Answer, badDigest, created, refusal } from "../answer.ts";
import type { RepositoryRequest } from "../request.ts";
import { until } from "../sessions.ts";
import { mountBlob } from "./mount.ts";
import { sessionAnswer } from "./upload-session.ts";

/** Starting an upload: a mount, a whole blob in one request, or a session (OCI distribution-spec, "Pushing blobs"). */
export async function startUpload(request: RepositoryRequest): Promise<Answer> {
  const { query, store, name, signal, sessions, body } = request;
  const [mount, digest, from] = [query.get("mount"), query.get("digest"), query.get("from") ?? undefined];
  if (mount !== null) {
    if (!isDigest(mount)) return badDigest(mount);
    if (from !== undefined && !isRepository(from)) return refusal("NAME_INVALID", `not a repository's name: ${from.slice(0, 300)}`);
    if (await mountBlob(request, mount, from)) return created(`/v2/${name}/blobs/${mount}`, mount);
  }
  if (digest !== null && !isDigest(digest)) return badDigest(digest);
  const algorithm = digest === null ? query.get("digest-algorithm") : algorithmOf(digest);
  if (!isAlgorithm(algorithm)) return refusal("DIGEST_INVALID", `not a registered algorithm: ${algorithm?.slice(0, 100)}`);
  if (!can(store, "uploading")) return refusal("UNSUPPORTED", "this registry takes no uploads");
  const upload = await sessions.start(store, algorithm ?? undefined, signal);
  if (upload === undefined) {
    return refusal("TOOMANYREQUESTS", "too many uploads are open", { headers: { "retry-after": 5 } });
  }
  if (digest === null) return sessionAnswer(202, name, upload.id, 0);
  try {
    await sessions.alone(upload, signal, async (alone) => {
      await upload.append(until(alone, body), { signal: alone });
      await upload.commit(digest, { signal });
    });
    return created(`/v2/${name}/blobs/${digest}`, digest);
  } catch (thrown) {
    // Nobody was told of this session, so nobody can go on with it.
    await upload.cancel();
    throw thrown;
  } finally {
    sessions.ended(upload);
  }
}

function isAlgorithm(name: string | null): name is DigestAlgorithm | null {
  return name === null || name === "sha256" || name === "sha512";
}
