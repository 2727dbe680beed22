import { createWriteStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure, quoteForeign } from "../../failure/index.ts";
import {
  type Descriptor,
  type Digest,
  encodedOf,
  encodeManifest,
  formatReference,
  mediaTypes,
  parseReference,
  parseTag,
} from "../../oci/index.ts";
import { run } from "../../process/index.ts";
import type { Store } from "../../store/index.ts";
import { imageFor } from "../assemble/base.ts";
import type { Dockerfile } from "../dockerfile/parse.ts";
import type { NamedImage } from "./names.ts";
import type { Storage } from "./storage.ts";

/** A layer that the store has which an image came from. */
export interface KnownLayer {
  readonly store: Store;
  readonly descriptor: Descriptor;
}

/** What was brought into buildah's storage. */
export interface Brought {
  /** Names in the storage by the texts that mean them in the Dockerfile. */
  readonly images: Readonly<Record<string, string>>;
  /** Layers by the digest of what is in them. */
  readonly layers: ReadonlyMap<Digest, KnownLayer>;
}

const bringMs = 30 * 60_000;

/**
 * Brings images into buildah's storage, so that it needs no registry and no sign-in: as folders in Docker's format, since from OCI's
 * buildah takes no health check and no shell.
 * @throws Failure BASE_MISSING, BUILD_FAILED
 */
export async function bringImages(
  named: readonly NamedImage[],
  dockerfile: Dockerfile,
  storage: Storage,
  signal: AbortSignal | undefined,
): Promise<Brought> {
  const images: Record<string, string> = {};
  const layers = new Map<Digest, KnownLayer>();
  const brought = new Set<string>();
  for (const { base, found, platform, texts } of named) {
    const { descriptor, manifest, config } = await imageFor(base.name, found, platform, signal);
    for (const [at, layer] of manifest.layers.entries()) {
      const diffId = config.rootfs.diff_ids[at];
      if (diffId !== undefined) layers.set(diffId, { store: found.store, descriptor: layer });
    }
    // The same name for the same image only: another build may use the storage at the same time.
    const name = `localhost/waybill/base:${encodedOf(descriptor.digest).slice(0, 64)}`;
    if (!brought.has(name)) {
      const dir = join(storage.scratch, "base");
      await writeFolder(dir, found.store, manifest.config, manifest.layers, signal);
      const id = (await buildah(["pull", "--quiet", `--signature-policy=${storage.policy}`, `dir:${dir}`], storage, signal)).trim();
      await buildah(["tag", id, name], storage, signal);
      await rm(dir, { recursive: true, force: true });
      brought.add(name);
    }
    for (const text of texts) if (isContextName(text, dockerfile)) images[text] = name;
    const full = fullName(base.name);
    if (full !== undefined) await buildah(["tag", name, full], storage, signal);
  }
  return { images, layers };
}

/** A further context goes before a stage of the same name, and `=` ends its name. */
function isContextName(text: string, { stages }: Dockerfile): boolean {
  return !text.includes("=") && !stages.some((stage) => stage.name === text.toLowerCase());
}

/** The name by which buildah finds an image that it has; undefined where the Dockerfile's can only be a further context's. */
function fullName(name: string): string | undefined {
  try {
    const reference = parseReference(name);
    return reference.digest === undefined ? formatReference({ tag: parseTag("latest"), ...reference }) : undefined;
  } catch {
    return undefined;
  }
}

const dockerTypes: Readonly<Record<string, string>> = {
  [mediaTypes.ociLayer]: "application/vnd.docker.image.rootfs.diff.tar",
};

/** An image as a folder of files named after their digests, with its manifest (containers-transports(5), "dir:"). */
async function writeFolder(
  dir: string,
  store: Store,
  config: Descriptor,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const blob of new Map([config, ...layers].map((one) => [one.digest, one])).values()) {
    await pipeline(store.read(blob, { signal }), createWriteStream(join(dir, encodedOf(blob.digest))));
  }
  const bare = ({ digest, size }: Descriptor, mediaType: string): Descriptor => ({ mediaType, digest, size });
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.dockerManifest,
    config: bare(config, mediaTypes.dockerConfig),
    layers: layers.map((layer) => bare(layer, dockerTypes[layer.mediaType] ?? mediaTypes.dockerLayerGzip)),
  });
  await writeFile(join(dir, "manifest.json"), manifest);
  await writeFile(join(dir, "version"), "Directory Transport Version: 1.1\n");
}

async function buildah(argv: readonly string[], { words, env }: Storage, signal: AbortSignal | undefined): Promise<string> {
  const { exitCode, stdout, stderr } = await run("buildah", [...words, ...argv], {
    env,
    signal,
    timeoutMs: bringMs,
    maxBytes: 1 << 20,
    withDescendants: true,
  });
  if (exitCode === 0) return stdout.toString("utf8");
  const said = stderr.trim().split("\n").slice(-5);
  throw new Failure(
    "BUILD_FAILED",
    `buildah ${argv[0]} ${exitCode === 124 ? "took too long" : `ended with exit code ${exitCode}`}: the base image could not be stored${said.map((line) => `\n  | ${quoteForeign(line)}`).join("")}`,
    {
      hint: /no space left|quota/i.test(stderr)
        ? "The disk is full: make room in the folder for temporary files (TMPDIR)."
        : /insufficient UIDs|lchown/i.test(stderr)
          ? "This user needs a larger range of ids: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, as root."
          : "Look whether buildah works here: buildah info.",
    },
  );
}
