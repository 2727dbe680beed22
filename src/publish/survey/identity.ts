import { annotationKeys, type Descriptor, isAttestation, type Manifest } from "../../oci/index.ts";
import { type Reading, readConfig, readManifest, type Store } from "../../store/index.ts";
import type { Identity } from "../types.ts";

/**
 * Reads which commit an image says it was made from.
 *
 * A manifest's annotation counts first: no build inherits it. A config's label counts only where it cannot be the base
 * image's: it is taken when it names the wanted commit, or when the image's source is not another repository's.
 * @param options.commit the commit that the image is looked at for
 * @param options.source the source that an image of this repository names
 * @throws Failure IMAGE_INVALID, NOT_FOUND where content is missing
 */
export async function identify(
  store: Store,
  root: Descriptor,
  options: Reading & { readonly commit: string; readonly source: string | undefined },
): Promise<Identity> {
  const manifest = await readManifest(store, root, options);
  const annotated = manifest.annotations?.[annotationKeys.revision];
  if (annotated) return { root, revision: annotated, manifest };
  const labels = await labelsOf(store, manifest, options);
  const revision = labels?.[annotationKeys.revision];
  if (!revision) return { root, revision: undefined, manifest };
  const source = labels?.[annotationKeys.source];
  const foreign = source !== undefined && options.source !== undefined && source !== options.source;
  return { root, revision: revision === options.commit || !foreign ? revision : undefined, manifest };
}

/** Labels of the image, or of an index's first child that is no attestation. */
async function labelsOf(store: Store, manifest: Manifest, options: Reading): Promise<Readonly<Record<string, string>> | undefined> {
  if (manifest.kind === "manifest") return (await readConfig(store, manifest.config, options)).config?.Labels;
  const child = manifest.manifests.find((one) => !isAttestation(one));
  if (child === undefined) return undefined;
  const image = await readManifest(store, child, options);
  // An index within an index has no single set of labels.
  return image.kind === "manifest" ? labelsOf(store, image, options) : undefined;
}
