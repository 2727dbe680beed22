import { Failure } from "../../failure/index.ts";
import { isSafe } from "./endpoint.ts";
import { ask, type RepositoryAt } from "./repository-calls.ts";
import type { WireAnswer } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

/** Where an upload goes on, as the registry said last. */
export interface Session {
  readonly location: URL;
  /** The fewest bytes that a piece may have, besides the last (OCI-Chunk-Min-Length). */
  readonly leastBytes: number;
}

/**
 * Opens an upload session.
 * @throws Failure NOT_FOUND where the registry has no such repository, and what its answers are
 */
export async function startSession(at: RepositoryAt, signal: AbortSignal | undefined): Promise<Session> {
  const body = { size: 0, open: async function* () {} };
  try {
    return await ask(at, { method: "POST", to: "blobs/uploads/", access: "push", body, accept: [202], signal }, async (answer) => {
      await answer.discard();
      return sessionOf(at, answer);
    });
  } catch (thrown) {
    throw missingRepository(at, thrown);
  }
}

/** A 404 where something new is written means that there is no such repository, unless it is for what a manifest names. */
export function missingRepository(at: RepositoryAt, thrown: unknown): unknown {
  if (!(thrown instanceof Failure) || thrown.code !== "NOT_FOUND") return thrown;
  if (thrown.facts["registryCode"] === "MANIFEST_BLOB_UNKNOWN") {
    return new Failure("REGISTRY_ERROR", `${at.name}: content was removed while it was pushed: ${thrown.message}`, {
      hint: "Push again; where it keeps happening, the registry collects garbage too eagerly.",
      facts: thrown.facts,
      cause: thrown,
    });
  }
  return new Failure("NOT_FOUND", `${at.name}: the registry has no such repository: ${thrown.message}`, {
    // Who explained it knows what makes it.
    hint:
      (thrown.facts["repository"] === undefined ? undefined : thrown.hint) ??
      `Create the repository ${at.repository} at ${at.registry.host}, or look whether its name is right.`,
    facts: thrown.facts,
    cause: thrown,
  });
}

/**
 * The session that an answer to POST, PATCH or GET names (OCI distribution-spec, "Pushing a blob in chunks").
 * @throws Failure REGISTRY_PROTOCOL
 */
export function sessionOf(at: RepositoryAt, answer: WireAnswer, known?: Session): Session {
  const text = answer.headers["location"];
  if (text === undefined) {
    if (known !== undefined) return known;
    throw protocolFailure(answer, "the registry opens an upload and does not say where");
  }
  const least = Number(answer.headers["oci-chunk-min-length"] ?? known?.leastBytes ?? 0);
  return { location: locate(at, answer, text), leastBytes: Number.isSafeInteger(least) && least > 0 ? least : 0 };
}

function locate({ registry }: RepositoryAt, answer: WireAnswer, text: string): URL {
  const url = URL.parse(text, answer.url.href);
  if (url === null) throw protocolFailure(answer, "the registry names a place for the upload that is no URL");
  url.username = "";
  url.password = "";
  // A registry behind a proxy may know itself by plain http, or by the name that an endpoint stands in for.
  if (url.host === registry.base.host || url.host === registry.host) {
    url.protocol = registry.base.protocol;
    url.host = registry.base.host;
  }
  // Another host gets the bytes, which are meant for the registry to give away, and no sign-in.
  if (isSafe(url) && !(registry.base.protocol === "https:" && url.protocol !== "https:")) return url;
  throw protocolFailure(answer, "the registry wants the upload sent in plain text");
}

/** The session's URL with the digest that ends it. What the query holds already is left as it is: it may be signed. */
export function commitUrl({ location }: Session, digest: string): URL {
  const url = new URL(location);
  url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** How many bytes the registry has, by the Range header of its answer: `0-N` means N + 1; undefined where it does not say. */
export function acceptedBytes(answer: WireAnswer): number | undefined {
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.headers["range"]?.trim() ?? "")?.[1];
  return end === undefined ? undefined : Number(end) + 1;
}
