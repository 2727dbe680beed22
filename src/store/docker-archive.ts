import { type Descriptor, encodedOf, type ImageManifest } from "../oci/index.ts";
import type { Store, Waiting } from "./store.ts";
import { archive, type TarEntry } from "./tar.ts";

/**
 * An image as one archive that docker, podman and nerdctl load: `docker save`'s form, whose manifest.json names the config and the
 * layers as they are, packed or not (moby/docker-image-spec, "Combined Image JSON + Filesystem Changeset Format"). podman keeps a
 * HEALTHCHECK only in this form.
 * @param name what the image is called afterwards, `HOST/REPOSITORY:TAG`
 * @throws Failure of the store, which is read while the archive is
 */
export function dockerArchive(store: Store, { config, layers }: ImageManifest, name: string, options?: Waiting): AsyncIterable<Uint8Array> {
  const distinct = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
  const manifest = [{ Config: pathOf(config, ".json"), RepoTags: [name], Layers: layers.map((layer) => pathOf(layer, ".tar")) }];
  return archive(
    [
      stored(store, config, ".json", options),
      ...distinct.map((layer) => stored(store, layer, ".tar", options)),
      file("manifest.json", Buffer.from(JSON.stringify(manifest))),
    ],
    0,
  );
}

function stored(store: Store, descriptor: Descriptor, suffix: string, options: Waiting | undefined): TarEntry {
  return { ...plain, path: pathOf(descriptor, suffix), size: descriptor.size, open: () => store.read(descriptor, options) };
}

function file(path: string, bytes: Uint8Array): TarEntry {
  return {
    ...plain,
    path,
    size: bytes.length,
    open: async function* () {
      yield bytes;
    },
  };
}

const plain = { kind: "file", mode: 0o644, uid: 0, gid: 0 } as const;

function pathOf({ digest }: Descriptor, suffix: string): string {
  return `${encodedOf(digest)}${suffix}`;
}
