import { type Descriptor, isDigest } from "../../oci/index.ts";
import type { Reading, Waiting } from "../store.ts";
import { mismatch, notFound } from "../verify.ts";
import { ask, askOnce, type RepositoryAt, waiting } from "./repository-calls.ts";
import type { WireAnswer } from "./transport.ts";
import { passing, protocolFailure, wireFailure } from "./wire-failure.ts";

/**
 * Whether the repository has a blob.
 * @throws Failure REGISTRY_PROTOCOL where it answers with another one, and what the registry's answers are
 */
export async function hasBlob(at: RepositoryAt, descriptor: Descriptor, options?: Waiting): Promise<boolean> {
  const call = { method: "HEAD", to: `blobs/${descriptor.digest}`, access: "pull", accept: [200, 404], ...waiting(options) } as const;
  return await ask(at, call, async (answer) => {
    await answer.discard();
    if (answer.status === 404) return false;
    const named = answer.headers["docker-content-digest"];
    // The answer to something else: a proxy that mixes answers up must not have a blob taken for pushed.
    if (named !== undefined && isDigest(named) && named.length === descriptor.digest.length && named !== descriptor.digest) {
      throw passing(protocolFailure(answer, `the registry answers with ${named}`));
    }
    return true;
  });
}

/**
 * The bytes of a blob from `start` to before `end`, unverified. After a broken connection the rest is asked for by range
 * (OCI distribution-spec, "Pulling blobs"); only attempts that bring no byte count against the retries.
 * @throws Failure NOT_FOUND, CONTENT_MISMATCH and what the registry's answers are
 */
export async function* blobBytes(
  at: RepositoryAt,
  descriptor: Descriptor,
  start: number,
  end: number,
  options?: Reading,
): AsyncIterable<Uint8Array> {
  const { registry } = at;
  const tries = registry.attempts(options?.signal);
  let next = start;
  do {
    const asked = { method: "GET", url: new URL(`v2/${at.repository}/blobs/${descriptor.digest}`, registry.base) };
    try {
      const answer = await open(at, descriptor, next, end, options);
      for await (const chunk of wanted(answer, descriptor, next, end, at.name)) {
        next += chunk.length;
        tries.progressed();
        yield chunk;
      }
      // The connection ended as if all were said, and it was not.
      if (next < end) throw passing(wireFailure(new Error(`the answer ended ${end - next} bytes too early`), asked));
    } catch (thrown) {
      await tries.failed(thrown, asked);
    }
  } while (next < end);
}

async function open(at: RepositoryAt, descriptor: Descriptor, next: number, end: number, options?: Reading): Promise<WireAnswer> {
  const whole = next === 0 && end === descriptor.size;
  const answer = await askOnce(at, {
    method: "GET",
    to: `blobs/${descriptor.digest}`,
    headers: { "accept-encoding": "identity", ...(whole ? {} : { range: `bytes=${next}-${end - 1}` }) },
    access: "pull",
    accept: [200, 206, 404, 416],
    recycle: options?.recycle,
    ...waiting(options),
  });
  if (answer.status === 200 || answer.status === 206) return answer;
  await answer.discard();
  if (answer.status === 404) throw notFound(at.name, descriptor.digest);
  throw mismatch(descriptor, at.name, `the registry's copy has no byte ${next}`);
}

/** Of an answer's bytes those that were asked for: a registry may send the whole blob instead of a range. */
async function* wanted(answer: WireAnswer, descriptor: Descriptor, next: number, end: number, where: string): AsyncIterable<Uint8Array> {
  const stated = Number(answer.headers["content-length"] ?? Number.NaN);
  if (answer.status === 200 && !Number.isNaN(stated) && stated !== descriptor.size) {
    await answer.discard();
    throw mismatch(descriptor, where, `the registry says that it has ${stated} bytes, not ${descriptor.size}`);
  }
  let position = answer.status === 206 ? await rangeStart(answer) : 0;
  if (position > next) {
    await answer.discard();
    throw protocolFailure(answer, `the registry answers with bytes from ${position} on, asked for those from ${next} on`);
  }
  for await (const chunk of answer.body) {
    const from = Math.max(next - position, 0);
    const whole = end === descriptor.size;
    // To the end everything is passed on, so that a body that does not end is seen by whoever verifies.
    const part = chunk.subarray(from, whole ? chunk.length : Math.max(end - position, 0));
    position += chunk.length;
    if (part.length > 0) yield part;
    if (!whole && position >= end) return;
  }
}

async function rangeStart(answer: WireAnswer): Promise<number> {
  const start = /^bytes (\d{1,15})-\d{1,15}\//.exec(answer.headers["content-range"] ?? "")?.[1];
  if (start !== undefined) return Number(start);
  await answer.discard();
  throw protocolFailure(answer, "the registry answers with a part and does not say which");
}
