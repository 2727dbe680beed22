import { Failure } from "../../failure/index.ts";
import {
  type Descriptor,
  type Digest,
  type ImageIndex,
  isIndexType,
  type Manifest,
  manifestAccept,
  manifestLimit,
  mediaTypes,
  parseManifest,
} from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { readBody, typeOf } from "./body.ts";
import { readFallback } from "./fallback-tag.ts";
import { nextPage } from "./link.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";
import type { WireAnswer } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

const mostPages = 1000;
const mostReferrers = 100_000;
/** What registries without the API answer. */
const unsupported: readonly number[] = [400, 404, 405, 406, 501];

/**
 * What refers to a manifest: by the API (OCI distribution-spec, "Listing Referrers"), or, where the registry has none, by the fallback
 * tag. Filtered here where the registry did not.
 */
export async function listReferrers(
  at: RepositoryAt,
  subject: Digest,
  options?: Waiting & { readonly artifactType?: string | undefined },
): Promise<readonly Descriptor[]> {
  const listed = (await apiReferrers(at, subject, options)) ?? (await readFallback(at, subject, options)).referrers;
  const wanted = options?.artifactType;
  return wanted === undefined ? listed : listed.filter(({ artifactType }) => artifactType === wanted);
}

/** What the API lists, or undefined where the registry has none: once that is certain, it is not asked again. */
export async function apiReferrers(
  at: RepositoryAt,
  subject: Digest,
  options?: Waiting & { readonly artifactType?: string | undefined },
): Promise<readonly Descriptor[] | undefined> {
  if (at.known.lacksReferrers) return undefined;
  const filter = options?.artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(options.artifactType)}`;
  const found = new Map<Digest, Descriptor>();
  const seen = new Set<string>();
  let to: string | URL | undefined = `referrers/${subject}${filter}`;
  while (to !== undefined) {
    const page: Page | undefined = await ask(
      at,
      { method: "GET", to, headers: { accept: manifestAccept }, access: "pull", accept: [200, ...unsupported], ...waiting(options) },
      async (answer) => {
        at.known.lacksReferrers = isUnrouted(answer);
        return await readPage(answer);
      },
    );
    if (page === undefined) return undefined;
    for (const referrer of page.index.manifests) if (!found.has(referrer.digest)) found.set(referrer.digest, referrer);
    to = page.next;
    if (to === undefined) break;
    if (seen.has(to.href) || seen.size >= mostPages || found.size > mostReferrers) {
      throw protocolFailure({ method: "GET", url: to }, "the list of referrers does not end");
    }
    seen.add(to.href);
  }
  return [...found.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

interface Page {
  readonly index: ImageIndex;
  readonly next: URL | undefined;
}

/**
 * Whether the answer comes from a server that has no such path: registries answer in JSON about what they do not have (OCI
 * distribution-spec, "Error Codes"), and one with the API may do so for a subject or a repository that is yet to come.
 */
function isUnrouted(answer: WireAnswer): boolean {
  return answer.status === 404 && typeOf(answer) === "text/plain";
}

async function readPage(answer: WireAnswer): Promise<Page | undefined> {
  // A registry without the API may also answer with a page for browsers.
  if (answer.status !== 200 || !(isIndexType(typeOf(answer)) || typeOf(answer) === "application/json")) {
    await answer.discard();
    return undefined;
  }
  const bytes = await readBody(answer, manifestLimit);
  // Harbor's whole answer for a subject that it does not have.
  if (/^\s*\{\s*\}\s*$/.test(Buffer.from(bytes.subarray(0, 64)).toString("utf8"))) return { index: none, next: undefined };
  const index = parsePage(answer, bytes);
  return index.kind === "index" ? { index, next: nextPage(answer) } : undefined;
}

const none: ImageIndex = { kind: "index", mediaType: mediaTypes.ociIndex, manifests: [] };

function parsePage(answer: WireAnswer, bytes: Uint8Array): Manifest {
  try {
    return parseManifest(bytes, mediaTypes.ociIndex);
  } catch (thrown) {
    throw thrown instanceof Failure ? protocolFailure(answer, thrown.message) : thrown;
  }
}
