import { type Digest, isDigest, isRepository, isTag, type Tag } from "../oci/index.ts";
import { type Answer, badDigest, empty, refusal } from "./answer.ts";
import type { RepositoryRequest, Request } from "./request.ts";
import { deleteBlob, getBlob } from "./resources/blobs.ts";
import { listRepositories, listTags } from "./resources/lists.ts";
import { badTag, pushManifest } from "./resources/manifest-push.ts";
import { deleteManifest, getManifest, unknownManifest } from "./resources/manifests.ts";
import { listReferrers } from "./resources/referrers.ts";
import { appendChunk, cancelUpload, finishUpload, uploadState } from "./resources/upload-session.ts";
import { startUpload } from "./resources/uploads.ts";

/** What a path can be asked; HEAD is asked as GET, and its body is not sent. */
export type Methods<R> = Readonly<Partial<Record<"GET" | "PUT" | "POST" | "PATCH" | "DELETE", (request: R) => Promise<Answer> | Answer>>>;

/** Where a path leads: to the registry itself, into a repository, or nowhere. */
export type Route =
  | { readonly kind: "registry"; readonly methods: Methods<Request> }
  | { readonly kind: "repository"; readonly name: string; readonly methods: Methods<RepositoryRequest> }
  | { readonly kind: "refused"; readonly answer: Answer };

const base: Methods<Request> = { GET: () => empty(200) };
const catalog: Methods<Request> = { GET: listRepositories };
const tags: Methods<RepositoryRequest> = { GET: listTags };
const uploads: Methods<RepositoryRequest> = { POST: startUpload };

const session = (id: string): Methods<RepositoryRequest> => ({
  GET: (request) => uploadState(request, id),
  PATCH: (request) => appendChunk(request, id),
  PUT: (request) => finishUpload(request, id),
  DELETE: (request) => cancelUpload(request, id),
});
const blob = (digest: Digest): Methods<RepositoryRequest> => ({
  GET: (request) => getBlob(request, digest),
  DELETE: (request) => deleteBlob(request, digest),
});
const manifest = (reference: Tag | Digest): Methods<RepositoryRequest> => ({
  GET: (request) => getManifest(request, reference),
  PUT: (request) => pushManifest(request, reference),
  DELETE: (request) => deleteManifest(request, reference),
});
/** What cannot be a tag is not there to be read, and cannot be written. */
const noManifest = (text: string): Methods<RepositoryRequest> => ({
  GET: ({ name }) => unknownManifest(name, text.slice(0, 200)),
  PUT: () => badTag(text),
  DELETE: ({ name }) => unknownManifest(name, text.slice(0, 200)),
});
const referrers = (digest: Digest): Methods<RepositoryRequest> => ({ GET: (request) => listReferrers(request, digest) });

type Target = Methods<RepositoryRequest> | Answer;
const digested =
  (resource: (digest: Digest) => Target) =>
  (last: string): Target =>
    isDigest(last) ? resource(last) : badDigest(last);

/** The endpoints inside a repository (OCI distribution-spec, "Endpoints"). Names have slashes, so each is read from its end. */
const endpoints: readonly (readonly [RegExp, (last: string) => Target])[] = [
  [/^\/v2\/(.+)\/tags\/list$/, () => tags],
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, () => uploads],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, session],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, digested(blob)],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, digested(referrers)],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    (last) => (isDigest(last) || isTag(last) ? manifest(last) : last.includes(":") ? badDigest(last) : noManifest(last)),
  ],
];

/** Where a path leads. */
export function routeOf(path: string): Route {
  if (path === "/v2/" || path === "/v2") return { kind: "registry", methods: base };
  if (path === "/v2/_catalog") return { kind: "registry", methods: catalog };
  for (const [pattern, target] of endpoints) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const [name, last] = [decode(match[1] ?? ""), decode(match[2] ?? "")];
    if (name === undefined || !isRepository(name)) {
      return refused(refusal("NAME_INVALID", `not a repository's name: ${(name ?? "").slice(0, 300)}`));
    }
    const found = target(last ?? "");
    return "status" in found ? refused(found) : { kind: "repository", name, methods: found };
  }
  return refused(refusal("UNSUPPORTED", "no such endpoint", { status: 404 }));
}

function refused(answer: Answer): Route {
  return { kind: "refused", answer };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
