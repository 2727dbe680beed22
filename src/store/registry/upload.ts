import { type Descriptor, isDigest } from "../../oci/index.ts";
import type { Source, WriteOptions } from "../store.ts";
import { mismatch } from "../verify.ts";
import { askOnce, type RepositoryAt, waiting } from "./repository-calls.ts";
import { sourceCursor } from "./source-cursor.ts";
import type { WireBody } from "./transport.ts";
import { recover } from "./upload-recovery.ts";
import { acceptedBytes, commitUrl, type Session, sessionOf, startSession } from "./upload-session.ts";
import { advance, type Upload } from "./upload-state.ts";
import { passing, protocolFailure } from "./wire-failure.ts";

/**
 * Uploads a blob that the registry lacks: in one request, or in pieces where those are configured or the whole is refused for its
 * size (413). After a break the registry is asked how far it came and gets the rest; a session that it has lost is begun anew.
 * @param session an open session, as a mount that was not possible leaves one
 * @throws Failure CONTENT_MISMATCH and what the registry's answers are
 */
export async function uploadBlob(
  at: RepositoryAt,
  descriptor: Descriptor,
  source: Source,
  options?: WriteOptions,
  session?: Session,
): Promise<void> {
  if (source.size !== descriptor.size) throw mismatch(descriptor, at.name, `the source has ${source.size} bytes, not ${descriptor.size}`);
  const tries = at.registry.attempts(options?.signal);
  const cursor = sourceCursor(source, descriptor, at.name);
  const upload: Upload = {
    at,
    descriptor,
    options,
    tries,
    cursor,
    session,
    offset: 0,
    furthest: 0,
    chunkBytes: at.chunkBytes,
    doubtful: false,
  };
  try {
    for (;;) {
      upload.session ??= await startSession(at, options?.signal);
      try {
        return await finish(upload, upload.session);
      } catch (thrown) {
        if ((await recover(upload, thrown)) === "there") return;
      }
    }
  } finally {
    await cursor.close().catch(() => {});
  }
}

/** Sends all that is missing, and the end. */
async function finish(upload: Upload, session: Session): Promise<void> {
  const { descriptor } = upload;
  if (upload.chunkBytes === undefined && upload.offset === 0)
    return await commitSession(upload.at, session, descriptor, upload.options, part(upload, 0, descriptor.size));
  let current = session;
  while (upload.offset < descriptor.size) {
    const bytes = Math.max(upload.chunkBytes ?? Number.POSITIVE_INFINITY, current.leastBytes, 1);
    current = await sendPiece(upload, current, Math.min(upload.offset + bytes, descriptor.size));
    upload.session = current;
  }
  await commitSession(upload.at, current, descriptor, upload.options);
}

async function sendPiece(upload: Upload, session: Session, end: number): Promise<Session> {
  const { at, offset } = upload;
  const answer = await askOnce(at, {
    method: "PATCH",
    to: session.location,
    headers: { "content-type": "application/octet-stream", "content-range": `${offset}-${end - 1}` },
    body: part(upload, offset, end),
    access: "push",
    accept: [202, 201, 204],
    ...waiting(upload.options),
  });
  await answer.discard();
  const stated = acceptedBytes(answer) ?? end;
  if (stated > end) {
    throw passing(protocolFailure(answer, `the registry says that it has ${stated} bytes after those up to ${end} were sent`));
  }
  // A piece that was taken moves the end. ECR's Range stays where the first piece ended (aws/containers-roadmap#2831), and others'
  // counts from the piece's start (opencontainers/distribution-spec#580); whether the guess is right, the digest shows.
  const stuck = stated <= offset;
  if (stuck) upload.doubtful = true;
  advance(upload, stuck ? end : stated);
  return sessionOf(at, answer, session);
}

const nothing: WireBody = { size: 0, open: async function* () {} };

/** Ends a session with what is missing of its content. @throws Failure CONTENT_MISMATCH and what the registry's answers are */
export async function commitSession(
  at: RepositoryAt,
  session: Session,
  descriptor: Descriptor,
  options?: WriteOptions,
  body: WireBody = nothing,
): Promise<void> {
  const answer = await askOnce(at, {
    method: "PUT",
    to: commitUrl(session, descriptor.digest),
    headers: { "content-type": "application/octet-stream" },
    body,
    access: "push",
    accept: [201, 200, 204],
    commits: true,
    ...waiting(options),
  });
  await answer.discard();
  const stored = answer.headers["docker-content-digest"];
  // Some registries name blobs by an algorithm of their own, whatever they were pushed by.
  const comparable = stored !== undefined && isDigest(stored) && stored.length === descriptor.digest.length;
  if (comparable && stored !== descriptor.digest) throw mismatch(descriptor, at.name, `the registry stored it as ${stored}`);
  options?.onProgress?.(descriptor.size);
}

function part({ cursor, options, tries }: Upload, start: number, end: number): WireBody {
  return {
    size: end - start,
    open: async function* () {
      let position = start;
      for await (const chunk of cursor.read(start, end)) {
        yield chunk;
        position += chunk.length;
        tries.moving();
        options?.onProgress?.(position);
      }
    },
  };
}
