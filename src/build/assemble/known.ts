import { createHash } from "node:crypto";
import type { TarEntry } from "../../tar/index.ts";
import type { Compression } from "./pack.ts";

/** Raised when the same entries are packed into other bytes than before. */
const format = 3;

/** Characters that are hashed at once: a call for each entry would cost more than the hashing. */
const batch = 1 << 16;

/**
 * What a layer's bytes follow from, as a digest: its entries with the identities of their files, times and packing. Undefined where a file
 * has no identity, so that it would have to be read to know what is in it.
 * @param epoch seconds since 1970 that every time is set to
 */
export function layerKey(entries: Iterable<TarEntry>, epoch: number, compression: Compression = "gzip"): string | undefined {
  const hash = createHash("sha256");
  let text = JSON.stringify([format, epoch, compression]);
  for (const entry of entries) {
    const what = contentOf(entry);
    if (what === undefined) return undefined;
    const { path, mode, uid, gid, kind, capability } = entry;
    const more = capability === undefined ? "" : `,"${Buffer.from(capability).toString("hex")}"`;
    // As JSON.stringify writes the array of it all, which takes twice the time.
    text += `\n[${JSON.stringify(path)},${mode},${uid},${gid},"${kind}",${JSON.stringify(what)}${more}]`;
    if (text.length < batch) continue;
    hash.update(text);
    text = "";
  }
  return `sha256:${hash.update(text).digest("hex")}`;
}

/** What stands for an entry's content. */
function contentOf(entry: TarEntry): string | undefined {
  switch (entry.kind) {
    case "file":
      return entry.id;
    case "directory":
      return "";
    case "special":
      return `${entry.device} ${entry.devmajor} ${entry.devminor}`;
    default:
      return entry.target;
  }
}
