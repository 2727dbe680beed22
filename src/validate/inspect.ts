import { Failure, quoteForeign } from "../failure/index.ts";
import { type Descriptor, isAttestation, isImageManifestType } from "../oci/index.ts";
import type { Finding } from "../report/index.ts";
import { readConfig, readManifest } from "../store/index.ts";
import { type Child, error, type Inspected, type Subject } from "./check.ts";

/** How many images of an index are read, at most: an index from outside must not make waybill read for hours. */
const childLimit = 64;

/** Failures that say something of the image, rather than of the way to it. */
const wrong: ReadonlySet<string> = new Set(["IMAGE_INVALID", "CONTENT_MISMATCH", "NOT_FOUND", "DIGEST_INVALID"]);

/**
 * Reads an image's manifests and configs. What is wrong with the image itself comes back as findings.
 * @throws Failure of the store, where it cannot be asked
 */
export async function inspect(subject: Subject, signal?: AbortSignal): Promise<Inspected | readonly Finding[]> {
  const { store, root } = subject;
  try {
    const found = await store.resolve(root.digest, { signal });
    if (found === undefined) return [error("missing", `${store.name} has no image ${root.digest}`, "Publish the commit again.")];
    const manifest = await readManifest(store, root, { signal });
    if (manifest.kind === "manifest") return { subject, root: manifest, children: [await readChild(subject, root, signal)] };
    const images = manifest.manifests.filter((child) => !isAttestation(child));
    if (images.length > childLimit)
      return [error("too-many-images", `the index has ${images.length} images, more than the ${childLimit} that are read`)];
    const artifact = images.find((child) => !isImageManifestType(child.mediaType));
    if (artifact !== undefined) {
      return [
        error("not-an-image", `the index holds ${artifact.digest} of type ${quoteForeign(artifact.mediaType, 100)}, which is no image`),
      ];
    }
    return { subject, root: manifest, children: await Promise.all(images.map((child) => readChild(subject, child, signal))) };
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !wrong.has(thrown.code)) throw thrown;
    return [error("unreadable", thrown.message, thrown.hint)];
  }
}

async function readChild({ store }: Subject, descriptor: Descriptor, signal?: AbortSignal): Promise<Child> {
  const manifest = await readManifest(store, descriptor, { signal });
  if (manifest.kind !== "manifest") throw new Failure("IMAGE_INVALID", `${descriptor.digest} is an index within an index`);
  return { descriptor, manifest, config: await readConfig(store, manifest.config, { signal }) };
}
