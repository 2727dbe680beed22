import { Failure } from "../failure/index.ts";
import { type Descriptor, type Digest, parseTag, type Tag } from "../oci/index.ts";
import type { Located } from "./registries.ts";

/** The tag and digest that a location names. */
export function nameOf({ location }: Located): { readonly tag?: Tag; readonly digest?: Digest } {
  return location.kind === "registry" ? location.reference : location;
}

/**
 * The image that a location names: by digest, else by tag, else the only image of a layout or a registry's `latest`.
 * @throws Failure NOT_FOUND; USAGE where a layout has several images and none was named
 */
export async function resolveImage(located: Located, signal: AbortSignal): Promise<Descriptor> {
  const { store, location } = located;
  const { tag, digest } = nameOf(located);
  const named = digest ?? tag ?? (location.kind === "layout" ? await onlyTag(located, signal) : parseTag("latest"));
  const found = await store.resolve(named, { signal });
  if (found !== undefined) return found;
  throw new Failure("NOT_FOUND", `${store.name} has no image ${named}`, {
    hint: "Look whether the name is right, and whether you may read the repository.",
    facts: { store: store.name, reference: named },
  });
}

async function onlyTag({ store }: Located, signal: AbortSignal): Promise<Tag> {
  const tags: Tag[] = [];
  for await (const tag of store.tags({ signal })) tags.push(tag);
  const [first, ...others] = tags;
  if (first !== undefined && others.length === 0) return first;
  throw new Failure(
    "USAGE",
    first === undefined ? `${store.name} has no tag` : `${store.name} has ${tags.length} images: ${tags.slice(0, 10).join(", ")}`,
    {
      hint: "Name one: oci:DIR:TAG or oci:DIR@DIGEST.",
    },
  );
}
