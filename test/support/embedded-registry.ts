import { type Digest, digestOf, mediaTypes } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { type ServedRegistry, type ServeOptions, serveRegistry } from "../../src/server/index.ts";
import { memoryRepositories, type Repositories } from "../../src/store/index.ts";

/** The embedded registry on a free port, and ways to speak to it as any client would. */
export interface EmbeddedRegistry extends AsyncDisposable {
  readonly served: ServedRegistry;
  readonly repositories: Repositories;
  readonly events: Event[];
  /** Sends one request; the path begins with `/v2/`. Redirects are not followed. */
  ask(method: string, path: string, init?: AskOptions): Promise<Response>;
  /** Pushes a blob into a repository by POST and PUT. */
  pushBlob(repository: string, bytes: string | Uint8Array): Promise<Digest>;
  /** Pushes an image of one layer, or what is given as the manifest, and gives the answer. */
  pushManifest(repository: string, reference: string, manifest: object | string, mediaType?: string): Promise<Response>;
  /** Starts an upload and gives its path. */
  startUpload(repository: string): Promise<string>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream;
}

/** Starts an embedded registry; in memory and with everything allowed unless the options say otherwise. */
export async function anEmbeddedRegistry(options: Partial<ServeOptions> = {}): Promise<EmbeddedRegistry> {
  const events: Event[] = [];
  const repositories = options.repositories ?? memoryRepositories();
  const served = await serveRegistry({
    listen: "127.0.0.1:0",
    immutable: false,
    mutableTags: [],
    emit: (event) => void events.push(event),
    ...options,
    repositories,
  });
  const ask: EmbeddedRegistry["ask"] = async (method, path, init = {}) =>
    await fetch(`${served.url}${path}`, {
      method,
      redirect: "manual",
      headers: { ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body as NonNullable<RequestInit["body"]> }),
      ...(init.body instanceof ReadableStream ? { duplex: "half" } : {}),
    } as RequestInit);
  const startUpload = async (repository: string): Promise<string> => {
    const answer = await ask("POST", `/v2/${repository}/blobs/uploads/`);
    if (answer.status !== 202) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
    return answer.headers.get("location") ?? "";
  };
  return {
    served,
    repositories,
    events,
    ask,
    startUpload,
    async pushBlob(repository, bytes) {
      const digest = digestOf(bytes);
      const answer = await ask("PUT", `${await startUpload(repository)}?digest=${digest}`, { body: bytes });
      if (answer.status !== 201) throw new Error(`blob: ${answer.status} ${await answer.text()}`);
      return digest;
    },
    async pushManifest(repository, reference, manifest, mediaType = mediaTypes.ociManifest) {
      const body = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
      return await ask("PUT", `/v2/${repository}/manifests/${reference}`, { body, headers: { "content-type": mediaType } });
    },
    [Symbol.asyncDispose]: async () => await served.close(),
  };
}

/** The codes of an answer in the specification's form for errors. */
export async function codesOf(answer: Response): Promise<readonly string[]> {
  const body = (await answer.json()) as { readonly errors: readonly { readonly code: string; readonly message: string }[] };
  return body.errors.map(({ code }) => code);
}

/** A descriptor of bytes that are given as text. */
export function describing(mediaType: string, content: string) {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}
