import { resolve } from "node:path";
import { Failure, partFailure } from "../failure/index.ts";
import { formatReference, parseTag, type RepositoryName, type Tag } from "../oci/index.ts";
import { type Location, openLayout, parseLocation, type Store } from "../store/index.ts";
import type { FoundImage, ImageSource } from "./engine.ts";

/** Where images come from that a Dockerfile names. */
export interface ImageSourceOptions {
  readonly client: { repository(name: RepositoryName): Store };
  /** Further contexts by name: an image reference or `oci:DIR`. They go before registries. */
  readonly contexts: Readonly<Record<string, string>>;
  /** The folder that `oci:DIR` is relative to. */
  readonly root: string;
}

/** Finds images in registries, in OCI layouts, and under the names that further contexts give them. */
export function imageSource({ client, contexts, root }: ImageSourceOptions): ImageSource {
  return {
    async image(reference, signal) {
      const wanted = wantedFrom(contexts, reference);
      try {
        const location = parseLocation(wanted);
        return await (location.kind === "layout" ? inLayout(location, root, signal) : inRegistry(location, client, signal));
      } catch (thrown) {
        const failure = partFailure(thrown, signal);
        const named = wanted === reference ? reference : `${reference} (${wanted})`;
        throw new Failure("BASE_MISSING", `the image ${named} cannot be had: ${failure.message}`, {
          hint: failure.hint ?? "Look whether the name is right, and sign in at its registry: docker login.",
          cause: failure,
        });
      }
    },
  };
}

/** A further context's image, by the name as it stands or in its full form, as buildx matches them. */
function wantedFrom(contexts: Readonly<Record<string, string>>, reference: string): string {
  const named =
    (Object.hasOwn(contexts, reference) ? contexts[reference] : undefined) ??
    Object.entries(contexts).find(([name]) => sameImage(name, reference))?.[1];
  return (named ?? reference).replace(/^docker-image:\/\//, "").replace(/^oci-layout:\/\//, "oci:");
}

function sameImage(name: string, reference: string): boolean {
  const full = (text: string): string | undefined => {
    try {
      const location = parseLocation(text);
      return location.kind === "registry" ? formatReference({ tag: parseTag("latest"), ...location.reference }) : undefined;
    } catch {
      return undefined;
    }
  };
  const one = full(name);
  return one !== undefined && one === full(reference);
}

async function inRegistry(
  { reference }: Extract<Location, { kind: "registry" }>,
  client: ImageSourceOptions["client"],
  signal: AbortSignal | undefined,
): Promise<FoundImage> {
  const { host, repository, tag, digest } = reference;
  const store = client.repository({ host, repository });
  return await found(store, digest ?? tag ?? parseTag("latest"), `${host}/${repository}`, signal);
}

async function inLayout(
  { dir, tag, digest }: Extract<Location, { kind: "layout" }>,
  root: string,
  signal: AbortSignal | undefined,
): Promise<FoundImage> {
  const store = await openLayout(resolve(root, dir), { name: `oci:${dir}` });
  const named = digest ?? tag ?? (await onlyTag(store, signal));
  return await found(store, named, `oci:${dir}`, signal);
}

async function onlyTag(store: Store, signal: AbortSignal | undefined): Promise<Tag> {
  const tags = await Array.fromAsync(store.tags({ signal }));
  const [first] = tags;
  if (first !== undefined && tags.length === 1) return first;
  return parseTag("latest");
}

async function found(
  store: Store,
  named: Parameters<Store["resolve"]>[0],
  place: string,
  signal: AbortSignal | undefined,
): Promise<FoundImage> {
  const root = await store.resolve(named, { signal });
  if (root === undefined) throw new Failure("NOT_FOUND", `${store.name} has no image ${named}`);
  return { pinned: `${place}@${root.digest}`, root, store };
}
