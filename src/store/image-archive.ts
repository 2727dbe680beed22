import { algorithmOf, type Descriptor, encodedOf, type ImageManifest, mediaTypes, type Tag } from "../oci/index.ts";
import { archive, type TarEntry } from "../tar/index.ts";
import { layoutText } from "./layout/layout.ts";
import { bytesSource } from "./source.ts";
import type { Store, Waiting } from "./store.ts";

/** An image of one platform, and where it is. */
export interface ArchivedImage {
  readonly store: Store;
  readonly root: Descriptor;
  readonly manifest: ImageManifest;
}

/**
 * An image as one archive that docker, podman and nerdctl load: `docker save`'s form, whose manifest.json names the config and the
 * layers as they are, packed or not (moby/docker-image-spec, "Combined Image JSON + Filesystem Changeset Format"). podman keeps a
 * HEALTHCHECK only in this form.
 * @param name what the image is called afterwards, `REPOSITORY:TAG`
 * @throws Failure of the store, which is read while the archive is
 */
export function dockerArchive(
  { store, manifest }: Omit<ArchivedImage, "root">,
  name: string,
  options?: Waiting,
): AsyncIterable<Uint8Array> {
  return archive([...blobsOf(store, [manifest.config, ...manifest.layers], options), dockerManifest(manifest, name)], 0);
}

/**
 * An image as one archive of an OCI layout (OCI image-spec, "Image Layout") that has `docker save`'s manifest.json too, as Docker itself
 * writes it since 25: whoever knows either form can read it.
 * @throws Failure of the store, which is read while the archive is
 */
export function layoutArchive(
  { store, root, manifest }: ArchivedImage,
  { repository, tag }: { readonly repository: string; readonly tag: Tag },
  options?: Waiting,
): AsyncIterable<Uint8Array> {
  const name = `${repository}:${tag}`;
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...root, annotations }] };
  return archive(
    [
      file("oci-layout", layoutText),
      file("index.json", JSON.stringify(index)),
      ...blobsOf(store, [root, manifest.config, ...manifest.layers], options),
      dockerManifest(manifest, name),
    ],
    0,
  );
}

/** Each blob once, however often a manifest names it. */
function blobsOf(store: Store, descriptors: readonly Descriptor[], options: Waiting | undefined): readonly TarEntry[] {
  const distinct = new Map(descriptors.map((one) => [one.digest, one]));
  return [...distinct.values()].map((one) => ({
    ...plain,
    path: pathOf(one),
    size: one.size,
    open: () => store.read(one, options),
  }));
}

function dockerManifest({ config, layers }: ImageManifest, name: string): TarEntry {
  return file("manifest.json", JSON.stringify([{ Config: pathOf(config), RepoTags: [name], Layers: layers.map(pathOf) }]));
}

function file(path: string, text: string): TarEntry {
  const { size, open } = bytesSource(Buffer.from(text));
  return { ...plain, path, size, open: () => open() };
}

const plain = { kind: "file", mode: 0o644, uid: 0, gid: 0 } as const;

function pathOf({ digest }: Descriptor): string {
  return `blobs/${algorithmOf(digest)}/${encodedOf(digest)}`;
}
