import { Failure } from "../../failure/index.ts";
import type { Waiting } from "../store.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";
import { startSession } from "./upload-session.ts";

/**
 * Finds out whether pushing is allowed, without pushing: an upload is opened and given up (OCI distribution-spec, "Cancel an upload").
 * A registry that cannot cancel, as ECR, forgets the upload by itself.
 * @throws Failure DENIED, UNAUTHORIZED, CREDENTIALS_MISSING, NOT_FOUND, REGISTRY_*
 */
export async function tryPush(at: RepositoryAt, options?: Waiting): Promise<void> {
  const { location } = await startSession(at, options?.signal);
  try {
    const cancel = { method: "DELETE", to: location, access: "push", accept: [202, 204, 404, 405], ...waiting(options) } as const;
    await ask(at, cancel, (answer) => answer.discard());
  } catch (thrown) {
    options?.signal?.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
  }
}
