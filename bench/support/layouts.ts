import { createHash, randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LayoutImage } from "./programs.ts";

/** How many layers an image has, and of how many bytes each is. */
export interface Shape {
  readonly layers: number;
  readonly bytes: number;
}

const pieceBytes = 4 << 20;
const tag = "bench";

/** Writes an image of random layers into a layout of its own: bytes that no compression makes less. */
export function makeLayout(dir: string, { layers, bytes }: Shape): LayoutImage {
  mkdirSync(join(dir, "blobs", "sha256"), { recursive: true });
  const blobs = Array.from({ length: layers }, () => randomBlob(dir, bytes));
  const config = blob(dir, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: blobs.map(({ digest }) => digest) },
  });
  const manifest = blob(dir, {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: blobs.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer })),
  });
  const entry = { mediaType: "application/vnd.oci.image.manifest.v1+json", ...manifest };
  writeFileSync(
    join(dir, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, annotations: { "org.opencontainers.image.ref.name": tag } }] }),
  );
  writeFileSync(join(dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return { dir, tag };
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

function randomBlob(dir: string, bytes: number): Blob {
  const path = join(dir, "blobs", "sha256", "new");
  const file = openSync(path, "w");
  const hash = createHash("sha256");
  for (let left = bytes; left > 0; left -= pieceBytes) {
    const piece = randomFillSync(Buffer.alloc(Math.min(left, pieceBytes)));
    hash.update(piece);
    writeSync(file, piece);
  }
  closeSync(file);
  const hex = hash.digest("hex");
  renameSync(path, join(dir, "blobs", "sha256", hex));
  return { digest: `sha256:${hex}`, size: bytes };
}

function blob(dir: string, content: object): Blob {
  const text = JSON.stringify(content);
  const hex = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(dir, "blobs", "sha256", hex), text);
  return { digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}
