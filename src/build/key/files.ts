import { createHash } from "node:crypto";
import { throwIfAborted } from "../../failure/index.ts";
import type { BuildContext, ContextEntry } from "../engine.ts";
import type { KeyPart } from "./part.ts";

/** The files of a content key. */
export interface KeyFiles {
  /** SHA-256 over all paths, modes and identities, in hex. */
  readonly digest: string;
  parts(): readonly KeyPart[];
}

/** Characters that are hashed at once: a call for each file would cost more than the hashing. */
const batch = 1 << 16;

/**
 * Hashes what entries are. Of ten thousand files this is most of what a key costs, so nothing is made for each of them but its text.
 * @param entries sorted by path
 */
export async function filesOf(entries: readonly ContextEntry[], context: BuildContext, signal: AbortSignal | undefined): Promise<KeyFiles> {
  const hash = createHash("sha256");
  const read = new Map<string, string>();
  let text = "";
  for (const entry of entries) {
    if (entry.kind === "file" && entry.id === undefined) {
      throwIfAborted(signal);
      read.set(entry.path, await blobId(entry, context));
    }
    // Paths hold no zero byte, and neither do values: those that are foreign are quoted.
    text += `${entry.path}\0${entry.kind === "symlink" ? JSON.stringify(entry.target) : identityOf(entry, read)}\0`;
    if (text.length < batch) continue;
    hash.update(text);
    text = "";
  }
  return {
    digest: hash.update(text).digest("hex"),
    parts: () => entries.map((entry) => ({ kind: "file", name: entry.path, value: identityOf(entry, read) })),
  };
}

/** Mode and content of an entry; of a file that git does not know, the identity that git would give it. */
function identityOf(entry: ContextEntry, read: ReadonlyMap<string, string>): string {
  if (entry.kind === "symlink") return `link ${entry.target}`;
  const mode = entry.mode.toString(8);
  return entry.kind === "directory" ? `${mode} directory` : `${mode} ${entry.id ?? read.get(entry.path)}`;
}

async function blobId({ path, size }: ContextEntry & { kind: "file" }, context: BuildContext): Promise<string> {
  const hash = createHash("sha1").update(`blob ${size}\0`);
  for await (const chunk of (await context.open(path)).open()) hash.update(chunk);
  return hash.digest("hex");
}
