import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { assembleEngine, type Built } from "../../src/build/index.ts";
import type { Descriptor, ImageConfig, ImageManifest } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { lentStore, type MemoryStore, memoryStore, readBytes, readConfig, readManifest, type Store } from "../../src/store/index.ts";
import { aBuildRequest, type RequestOptions } from "./context.ts";

/** One entry of an image's file system or of a layer. */
export interface ImageFile {
  readonly type: Header["type"];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** A file's content, as text. */
  readonly content?: string;
  /** Where a link leads. */
  readonly link?: string;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** SHA-256 of a file's bytes. */
  readonly sha256?: string;
  /** Its capabilities, in hexadecimal; bytes above 127 are not to be told apart. */
  readonly capability?: string;
  /** A device's numbers. */
  readonly device?: string;
}

/** An image in a store, read. */
export interface ReadImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** The entries of each layer, by path, in the archive's order. */
  readonly layers: readonly ReadonlyMap<string, ImageFile>[];
  /** All layers together, by path: names of one file have the same object, what was whited out is gone. */
  readonly files: ReadonlyMap<string, ImageFile>;
}

/** A build that was done. */
export interface Assembled extends ReadImage {
  readonly built: Built;
  readonly store: MemoryStore;
  readonly events: readonly Event[];
}

/** Builds a Dockerfile with assemble into a store in memory, and reads what came out. */
export async function assemble(dockerfile: string, options: RequestOptions = {}): Promise<Assembled> {
  const store = memoryStore();
  const events: Event[] = [];
  const emit = (event: Event): void => {
    events.push(event);
  };
  const built = await assembleEngine().build(aBuildRequest(dockerfile, options), store, { emit });
  return { built, store, events, ...(await readImage(lentStore(store, built.elsewhere ?? new Map()), built.content)) };
}

/** Reads one platform's image with all its files. */
export async function readImage(store: Store, descriptor: Descriptor): Promise<ReadImage> {
  const manifest = await readManifest(store, descriptor);
  if (manifest.kind !== "manifest") throw new Error("not one platform's image");
  const layers: Map<string, ImageFile>[] = [];
  for (const layer of manifest.layers) layers.push(await layerOf(await readBytes(store, layer, 64 * 1024 * 1024)));
  return { manifest, config: await readConfig(store, manifest.config), layers, files: flattened(layers) };
}

async function layerOf(bytes: Uint8Array): Promise<Map<string, ImageFile>> {
  const files = new Map<string, ImageFile>();
  const tar = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes[0] === 0x28 ? zstdDecompressSync(bytes) : bytes;
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const { name, type, mode, uid, gid, linkname, mtime, devmajor, devminor, pax } = entry.header as Header;
    const capability = (pax as Readonly<Record<string, string>> | null)?.["SCHILY.xattr.security.capability"];
    const content = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Uint8Array>));
    files.set(name.replace(/^\.?\//, "").replace(/\/$/, ""), {
      type,
      mode: (mode ?? 0) & 0o7777,
      uid: uid ?? 0,
      gid: gid ?? 0,
      mtime: (mtime?.getTime() ?? 0) / 1000,
      ...(type === "file" ? { content: content.toString(), sha256: createHash("sha256").update(content).digest("hex") } : {}),
      ...(linkname ? { link: linkname } : {}),
      ...(capability === undefined ? {} : { capability: Buffer.from(capability).toString("hex") }),
      ...(type === "character-device" || type === "block-device" ? { device: `${devmajor}:${devminor}` } : {}),
    });
  }
  return files;
}

function flattened(layers: readonly ReadonlyMap<string, ImageFile>[]): Map<string, ImageFile> {
  const all = new Map<string, ImageFile>();
  const remove = (path: string, itself: boolean): void => {
    for (const one of [...all.keys()]) if ((itself && one === path) || one.startsWith(`${path}/`)) all.delete(one);
  };
  for (const layer of layers) {
    for (const path of layer.keys()) {
      const [, parent = "", name = ""] = /^(.*\/)?\.wh\.(.+)$/.exec(path) ?? [];
      if (name === ".wh..opq") remove(parent.slice(0, -1), false);
      else if (name !== "") remove(`${parent}${name}`, true);
    }
    for (const [path, file] of layer) {
      if (path === "" || /(?:^|\/)\.wh\./.test(path)) continue;
      if (file.type !== "directory") remove(path, true);
      const linked = file.type === "link" ? all.get((file.link ?? "").replace(/^\.?\//, "")) : undefined;
      all.set(path, linked ?? file);
    }
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The names of each file that has several, all of a file in one list: one stands in a layer as the file, the others as hard links to it. */
export function linkedNames(files: ReadonlyMap<string, ImageFile>): readonly (readonly string[])[] {
  const names = new Map<ImageFile, string[]>();
  for (const [path, file] of files) names.set(file, [...(names.get(file) ?? []), path]);
  return [...names.values()].filter(({ length }) => length > 1);
}

/** Files by path, each in one line: kind, mode and owner (left out where they are usual), then the content or where a link leads. */
export function listing(files: ReadonlyMap<string, ImageFile>): Readonly<Record<string, string>> {
  const kinds: Readonly<Record<string, string>> = {
    file: "file",
    directory: "dir",
    symlink: "->",
    link: "=>",
    fifo: "pipe",
    "character-device": "char",
    "block-device": "block",
  };
  return Object.fromEntries(
    [...files].map(([path, { type, mode, uid, gid, content, link, device, capability }]) => {
      const usual = type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
      const words = [
        kinds[type ?? ""],
        mode === usual ? "" : mode.toString(8),
        uid + gid === 0 ? "" : `${uid}:${gid}`,
        content ?? link ?? device ?? "",
        capability === undefined ? "" : `with ${capability}`,
      ];
      return [path, words.filter(Boolean).join(" ")];
    }),
  );
}
