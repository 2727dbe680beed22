import { Failure, quoteForeign } from "../failure/index.ts";
import { type Descriptor, type ImageManifest, isAttestation, isImageManifestType, type Manifest } from "../oci/index.ts";
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
    const manifest = await rootOf(subject, signal);
    if (manifest === undefined) return [error("missing", `${store.name} has no image ${root.digest}`, "Publish the commit again.")];
    if (manifest.kind === "manifest") return { subject, root: manifest, children: [await childOf(subject, root, manifest, signal)] };
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

/** The image's manifest as the store has it now, or undefined where it has none. */
async function rootOf({ store, root }: Subject, signal?: AbortSignal): Promise<Manifest | undefined> {
  try {
    return await readManifest(store, root, { signal });
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "NOT_FOUND") return undefined;
    throw thrown;
  }
}

async function readChild(subject: Subject, descriptor: Descriptor, signal?: AbortSignal): Promise<Child> {
  const manifest = await readManifest(subject.store, descriptor, { signal });
  if (manifest.kind !== "manifest") throw new Failure("IMAGE_INVALID", `${descriptor.digest} is an index within an index`);
  return await childOf(subject, descriptor, manifest, signal);
}

async function childOf({ store }: Subject, descriptor: Descriptor, manifest: ImageManifest, signal?: AbortSignal): Promise<Child> {
  return { descriptor, manifest, config: await readConfig(store, manifest.config, { signal }) };
}
