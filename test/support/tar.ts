import { type Header, pack } from "tar-stream";

/** One entry of a tar archive: a name and a file's content, or what else it is. */
export type TarEntry = { readonly name: string } & (
  | { readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly directory: true }
  | { readonly symlink: string }
  | { readonly link: string }
);

/** A tar archive as bytes, its entries in the order in which they are given. */
export async function aTar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  const archive = pack();
  // Without a time of its own an entry gets the clock's, and the same entries give other bytes a second later.
  for (const entry of entries)
    archive.entry({ mtime: new Date(0), ...header(entry) }, "content" in entry ? Buffer.from(entry.content) : Buffer.alloc(0));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function header(entry: TarEntry): Pick<Header, "name"> & Partial<Header> {
  const { name } = entry;
  if ("directory" in entry) return { name, type: "directory", mode: 0o755 };
  if ("symlink" in entry) return { name, type: "symlink", linkname: entry.symlink };
  if ("link" in entry) return { name, type: "link", linkname: entry.link };
  return { name, type: "file", mode: entry.mode ?? 0o644 };
}
