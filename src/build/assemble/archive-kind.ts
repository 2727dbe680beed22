import { Failure } from "../../failure/index.ts";
import { tarEntries } from "../../tar/index.ts";
import { type Compression, unpacked } from "../../validate/index.ts";

/** How a file is packed; what is packed with these two is not unpacked in process. */
export type Packing = Compression | "bzip2" | "xz";

/** The first bytes that tell how a file is packed, in hexadecimal: RFC 1952, RFC 8878, and the formats of bzip2 and xz. */
const signs: readonly (readonly [Packing, RegExp])[] = [
  ["gzip", /^1f8b08/],
  // A skippable frame may stand before the first one.
  ["zstd", /^(?:28b52ffd|5[0-9a-f]2a4d18)/],
  ["bzip2", /^425a68/],
  ["xz", /^fd377a585a00/],
];

/** How a file is packed, by its first bytes. */
export async function packingOf(open: () => AsyncIterable<Uint8Array>): Promise<Packing> {
  const head = Buffer.from(await first(open(), 6)).toString("hex");
  return signs.find(([, sign]) => sign.test(head))?.[0] ?? "none";
}

/**
 * How an archive is packed that ADD unpacks; undefined where the file is none. What is packed with bzip2 or xz may be one: it is not
 * looked into.
 */
export async function archiveKind(open: () => AsyncIterable<Uint8Array>): Promise<Packing | undefined> {
  const packing = await packingOf(open);
  if (packing === "bzip2" || packing === "xz") return packing;
  return (await beginsAsArchive(unpacked(open(), packing))) ? packing : undefined;
}

/** Whether there is a first entry: what is none, or cannot be unpacked, is a file like any other, as BuildKit has it. */
async function beginsAsArchive(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  try {
    for await (const _ of tarEntries(bytes)) return true;
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
  }
  return false;
}

async function first(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const head: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    head.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  return Buffer.concat(head).subarray(0, length);
}
