/** Owner, mode and capabilities (capabilities(7), "File capability extended attribute versioning") of what stands at a path. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly capability?: Uint8Array | undefined;
}

/** A device or a pipe. */
export interface Special {
  readonly kind: "special";
  readonly device: "character-device" | "block-device" | "fifo";
  readonly devmajor: number;
  readonly devminor: number;
}

/** How a file's content is read. */
export interface Recycling {
  /** Whoever reads is done with a chunk before the second one after it is asked for, so that its memory may be used again. */
  readonly recycle?: boolean | undefined;
}

/** One entry of an archive. Names have no leading slash; a directory's has no trailing one. A file's `id` stands for its content. */
export type TarEntry = Attributes & { readonly path: string } & (
    | {
        readonly kind: "file";
        readonly size: number;
        readonly id?: string | undefined;
        open(reading?: Recycling): AsyncIterable<Uint8Array>;
      }
    | { readonly kind: "directory" }
    | { readonly kind: "symlink"; readonly target: string }
    | { readonly kind: "link"; readonly target: string }
    | Special
  );

const block = 512;
const typeFlags = { file: "0", link: "1", symlink: "2", "character-device": "3", "block-device": "4", directory: "5", fifo: "6" } as const;

/**
 * An archive's bytes: entries in the order in which they come, all times the same, no names of users. What the ustar header has
 * no room for goes into a pax header before it (POSIX pax, "ustar Interchange Format" and "pax Extended Header").
 * @param mtime seconds since 1970
 */
export async function* archive(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>, mtime: number): AsyncIterable<Uint8Array> {
  for await (const entry of entries) {
    yield entryHeader(entry, mtime);
    if (entry.kind !== "file") continue;
    let written = 0;
    for await (const chunk of entry.open()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== entry.size) throw new Error(`${entry.path} has ${written} bytes, not ${entry.size}`);
    const rest = written % block;
    if (rest > 0) yield new Uint8Array(block - rest);
  }
  yield new Uint8Array(2 * block);
}

/** The header of an entry, with the pax header that it needs before it. */
function entryHeader(entry: TarEntry, mtime: number): Uint8Array {
  const name = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.kind === "symlink" || entry.kind === "link" ? entry.target : "";
  const size = entry.kind === "file" ? entry.size : 0;
  const split = splitName(name);
  const records: readonly (readonly [string, string | Uint8Array])[] = [
    ...(split === undefined ? [["path", name] as const] : []),
    ...(fits(target, 100) ? [] : [["linkpath", target] as const]),
    ...(size > 0o77777777777 ? [["size", String(size)] as const] : []),
    ...(entry.uid > 0o7777777 ? [["uid", String(entry.uid)] as const] : []),
    ...(entry.gid > 0o7777777 ? [["gid", String(entry.gid)] as const] : []),
    ...(mtime > 0o77777777777 || mtime < 0 ? [["mtime", String(mtime)] as const] : []),
    ...(entry.capability === undefined ? [] : [["SCHILY.xattr.security.capability", entry.capability] as const]),
  ];
  const header = ustar({
    ...entry,
    mtime,
    size,
    target,
    name: split?.name ?? shortened(name),
    prefix: split?.prefix ?? "",
    flag: typeFlags[entry.kind === "special" ? entry.device : entry.kind],
    device: entry.kind === "special" ? entry : undefined,
  });
  if (records.length === 0) return header;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const before = ustar({
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime,
    size: body.length,
    target: "",
    name: "PaxHeaders/entry",
    prefix: "",
    flag: "x",
    device: undefined,
  });
  const padded = new Uint8Array(Math.ceil(body.length / block) * block);
  padded.set(body);
  return Buffer.concat([before, padded, header]);
}

interface Ustar {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly target: string;
  readonly flag: string;
  readonly device: Pick<Special, "devmajor" | "devminor"> | undefined;
}

function ustar({ name, prefix, mode, uid, gid, size, mtime, target, flag, device }: Ustar): Uint8Array {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number, at: number, most: number): void => {
    // What does not fit stands in the pax header; the field itself must still be a number.
    const shown = value > most || value < 0 ? 0 : value;
    header.write(shown.toString(8).padStart(digits, "0"), at, "ascii");
  };
  header.write(name, 0, 100, "utf8");
  octal(mode & 0o7777, 7, 100, 0o7777777);
  octal(uid, 7, 108, 0o7777777);
  octal(gid, 7, 116, 0o7777777);
  octal(size, 11, 124, 0o77777777777);
  octal(mtime, 11, 136, 0o77777777777);
  header.fill(" ", 148, 156);
  header.write(flag, 156, "ascii");
  if (fits(target, 100)) header.write(target, 157, 100, "utf8");
  header.write("ustar\0" + "00", 257, "latin1");
  octal(device?.devmajor ?? 0, 7, 329, 0o7777777);
  octal(device?.devminor ?? 0, 7, 337, 0o7777777);
  header.write(prefix, 345, 155, "utf8");
  let sum = 0;
  for (let at = 0; at < block; at++) sum += header[at] ?? 0;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** The name in its two fields, or undefined where it does not fit them: they take ASCII only. */
function splitName(name: string): { readonly name: string; readonly prefix: string } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is looked for
  if (!/^[\u0001-\u007f]*$/.test(name)) return undefined;
  if (name.length <= 100) return { name, prefix: "" };
  for (let at = name.lastIndexOf("/", name.length - 2); at > 0; at = name.lastIndexOf("/", at - 1)) {
    if (at <= 155 && name.length - at - 1 <= 100) return { name: name.slice(at + 1), prefix: name.slice(0, at) };
    if (name.length - at - 1 > 100) return undefined;
  }
  return undefined;
}

/** A stand-in for a name that the pax header has in full. */
function shortened(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "_").slice(0, 99);
}

function fits(value: string, length: number): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is looked for
  return value.length <= length && /^[\u0001-\u007f]*$/.test(value);
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself in bytes. */
function paxRecord(key: string, value: string | Uint8Array): Uint8Array {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  const bytes = rest.length;
  let length = bytes + String(bytes).length;
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
