import type { Descriptor } from "../../oci/index.ts";
import type { WriteOptions } from "../store.ts";
import { askOnce, type RepositoryAt, waiting } from "./repository-calls.ts";
import { commitSession } from "./upload.ts";
import { sessionOf, startSession } from "./upload-session.ts";
import { protocolFailure } from "./wire-failure.ts";

/**
 * Uploads a blob while it is made: one PATCH whose length nobody knows before its end, as Docker pushes ("Pushing a blob in chunks" of the
 * OCI distribution-spec, without Content-Range), and a PUT with the digest.
 * @param open begins anew each time, because the request may be sent once more where the registry wants another sign-in
 * @throws Failure as the registry's answers are; nothing is tried again
 */
export async function streamBlob(
  at: RepositoryAt,
  open: () => AsyncIterable<Uint8Array>,
  content: Promise<Descriptor>,
  options?: WriteOptions,
): Promise<void> {
  const session = await startSession(at, options?.signal);
  const body = counted(open, options);
  const answer = await askOnce(at, {
    method: "PATCH",
    to: session.location,
    headers: { "content-type": "application/octet-stream" },
    body: { size: undefined, open: body.open },
    access: "push",
    accept: [202, 201, 204],
    ...waiting(options),
  });
  await answer.discard();
  if (!body.ended()) throw protocolFailure(answer, "the registry answered before it had all of the upload");
  await commitSession(at, sessionOf(at, answer, session), await content, options);
}

/** Content as it is opened last: how far it was read is told, and whether to its end. */
function counted(open: () => AsyncIterable<Uint8Array>, options: WriteOptions | undefined) {
  let ended = false;
  return {
    ended: () => ended,
    async *open(): AsyncIterable<Uint8Array> {
      ended = false;
      let bytes = 0;
      for await (const chunk of open()) {
        yield chunk;
        bytes += chunk.length;
        options?.onProgress?.(bytes);
      }
      ended = true;
    },
  };
}
