import { Failure } from "../../failure/index.ts";
import { hasBlob } from "./blobs.ts";
import { ask, waiting } from "./repository-calls.ts";
import { acceptedBytes, sessionOf } from "./upload-session.ts";
import { advance, type Upload } from "./upload-state.ts";
import { passing, retryAdvice } from "./wire-failure.ts";

/** Pieces after a registry refused a whole blob for its size, unless configured. */
const defaultChunkBytes = 8 * 1024 * 1024;
/** Pieces are halved while they are refused too, down to this. */
const leastChunkBytes = 4096;

/** What there is to do after a failure: go on, or nothing because the blob is there. */
export type Recovery = "go on" | "there";

/**
 * Makes an upload ready for another attempt after a failure.
 * @throws Failure the same where another attempt would not help, CONTENT_MISMATCH where the registry found the content wrong
 */
export async function recover(upload: Upload, thrown: unknown): Promise<Recovery> {
  const { at, tries } = upload;
  if (!(thrown instanceof Failure)) throw thrown;
  const status = thrown.facts["status"];
  const asked = { method: "PUT", url: upload.session?.location ?? at.registry.base };
  if (status === 413) return smaller(upload, thrown);
  if (status === 404 || status === 416) {
    await tries.failed(again(thrown), asked);
    return await beginAnew(upload);
  }
  // What was put together in doubt is not taken: once more, from the start.
  if (upload.doubtful && retryAdvice(thrown) === undefined && [400, 405, 409, 501].includes(Number(status))) {
    await tries.failed(again(thrown), asked);
    return await beginAnew(upload);
  }
  if (status === 400 && /^(DIGEST|SIZE)_INVALID$/.test(String(thrown.facts["registryCode"]))) {
    throw new Failure("CONTENT_MISMATCH", `${at.name} refuses ${upload.descriptor.digest}: ${thrown.message}`, {
      hint: "The content is damaged where it comes from: look there.",
      facts: thrown.facts,
      cause: thrown,
    });
  }
  await tries.failed(thrown, asked);
  return await resume(upload);
}

function smaller(upload: Upload, refused: Failure): Recovery {
  const half = Math.ceil(upload.descriptor.size / 2);
  const bytes = Math.min(upload.chunkBytes === undefined ? defaultChunkBytes : Math.ceil(upload.chunkBytes / 2), half);
  if (bytes < leastChunkBytes) throw refused;
  upload.chunkBytes = bytes;
  return reset(upload);
}

/** The session is gone; perhaps because the blob was taken and only the answer was lost. */
async function beginAnew(upload: Upload): Promise<Recovery> {
  reset(upload);
  return (await hasBlob(upload.at, upload.descriptor, upload.options)) ? "there" : "go on";
}

function reset(upload: Upload): Recovery {
  upload.session = undefined;
  upload.offset = 0;
  upload.doubtful = false;
  return "go on";
}

/** Asks how far the upload came (OCI distribution-spec, "Pushing a blob in chunks": GET of the location). */
async function resume(upload: Upload): Promise<Recovery> {
  const { at, session, descriptor, options } = upload;
  if (session === undefined) return "go on";
  const call = {
    method: "GET",
    to: session.location,
    access: "push",
    accept: [204, 200, 400, 404, 405, 416],
    ...waiting(options),
  } as const;
  const answer = await ask(at, call, async (got) => {
    await got.discard();
    return got;
  });
  const accepted = answer.status === 204 || answer.status === 200 ? acceptedBytes(answer) : undefined;
  // `0-0` means one byte to some registries and none to others.
  if (accepted === undefined || accepted <= 1 || accepted > descriptor.size) return await beginAnew(upload);
  advance(upload, accepted);
  upload.doubtful = true;
  upload.session = sessionOf(at, answer, session);
  return "go on";
}

/** The same failure as one that may pass. */
function again({ code, message, hint, facts, cause }: Failure): Failure {
  return passing(new Failure(code, message, { hint, facts, cause }));
}
