import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileSource, type Store } from "../store/index.ts";
import { unpacked } from "../validate/index.ts";
import { packingOf } from "./assemble/archive-kind.ts";
import { type Layer, packing } from "./assemble/layer.ts";

/**
 * Packs a layer that a builder left in a file, however it is packed there: as builders pulled it, or as a cache had it.
 * @param draft a file that is written over
 */
export async function packLayerFile(path: string, draft: string, into: Store, signal: AbortSignal | undefined): Promise<Layer> {
  const open = () => createReadStream(path, { highWaterMark: 1 << 20 });
  const kind = await packingOf(open);
  const packed = packing(kind === "bzip2" || kind === "xz" ? open() : unpacked(open(), kind));
  await pipeline(packed.bytes, createWriteStream(draft), signal === undefined ? {} : { signal });
  const layer = packed.layer();
  await into.write(layer.descriptor, await fileSource(draft), { signal });
  return layer;
}
