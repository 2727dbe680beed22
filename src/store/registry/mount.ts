import type { Descriptor } from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";
import { missingRepository, type Session, sessionOf } from "./upload-session.ts";

/**
 * Asks a registry to take a blob over from another of its repositories (OCI distribution-spec, "Mounting a blob from another
 * repository"). A registry that does not opens an upload instead, which the write that follows uses.
 */
export async function mountBlob(at: RepositoryAt, descriptor: Descriptor, from: string, options?: Waiting): Promise<"mounted" | Session> {
  const query = `mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`;
  const body = { size: 0, open: async function* () {} };
  const call = {
    method: "POST",
    to: `blobs/uploads/?${query}`,
    access: "push",
    from,
    body,
    accept: [201, 202],
    ...waiting(options),
  } as const;
  try {
    return await ask(at, call, async (answer) => {
      await answer.discard();
      return answer.status === 201 ? "mounted" : sessionOf(at, answer);
    });
  } catch (thrown) {
    throw missingRepository(at, thrown);
  }
}
