import type { Descriptor } from "../../oci/index.ts";
import type { WriteOptions } from "../store.ts";
import { askOnce, type RepositoryAt, waiting } from "./repository-calls.ts";
import { commitSession } from "./upload.ts";
import { sessionOf, startSession } from "./upload-session.ts";

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
  const answer = await askOnce(at, {
    method: "PATCH",
    to: session.location,
    headers: { "content-type": "application/octet-stream" },
    body: { size: undefined, open: () => counted(open(), options) },
    access: "push",
    accept: [202, 201, 204],
    commits: true,
    ...waiting(options),
  });
  await answer.discard();
  await commitSession(at, sessionOf(at, answer, session), await content, options);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, options: WriteOptions | undefined): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    options?.onProgress?.(bytes);
  }
}
