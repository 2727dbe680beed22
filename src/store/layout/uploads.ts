import { createHash, type Hash, randomUUID } from "node:crypto";
import { mkdir, open, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../failure/index.ts";
import { algorithmOf, type Digest, digester } from "../../oci/index.ts";
import type { Upload, Uploading } from "../store.ts";
import { mismatch, notFound } from "../verify.ts";
import { openFile, readHandle, renameInto, writeAll } from "./files.ts";

/** Upload sessions in a folder: one file each, named by the session's id, so that they survive the process. */
export function diskUploads(options: {
  readonly folder: string;
  readonly pathOf: (digest: Digest) => string;
  readonly durable: boolean;
  readonly where: string;
}): { start: Uploading["startUpload"]; find: Uploading["upload"] } {
  /** SHA-256 of what each session of this process has taken so far, so that a commit need not read it again. */
  const running = new Map<string, { readonly hash: Hash; bytes: number }>();
  const busy = new Set<string>();

  const session = (id: string): Upload => {
    const path = join(options.folder, id);
    const size = async (): Promise<number> => (await stat(path)).size;
    const end = async (): Promise<void> => {
      running.delete(id);
      await unlink(path).catch(() => {});
    };
    return {
      id,
      size,
      async append(bytes, waiting) {
        if (busy.has(id)) throw mismatchOfSession(options.where, id, "two requests write to it at once");
        busy.add(id);
        const handle = await open(path, "a").catch(() => {
          busy.delete(id);
          throw notFound(options.where, id);
        });
        try {
          let total = (await handle.stat()).size;
          const state = running.get(id);
          for await (const chunk of bytes) {
            throwIfAborted(waiting?.signal);
            await writeAll(handle, chunk);
            total += chunk.length;
            if (state !== undefined) {
              state.hash.update(chunk);
              state.bytes += chunk.length;
            }
          }
          if (options.durable) await handle.sync();
          return total;
        } finally {
          await handle.close();
          busy.delete(id);
        }
      },
      async commit(digest) {
        const bytes = await size().catch(() => {
          throw notFound(options.where, id);
        });
        const descriptor = { mediaType: "application/octet-stream", digest, size: bytes };
        const state = running.get(id);
        const known = algorithmOf(digest) === "sha256" && state?.bytes === bytes;
        const actual = known && state !== undefined ? `sha256:${state.hash.copy().digest("hex")}` : await digestOfFile(path, digest);
        if (actual !== digest) {
          await end();
          throw mismatch(descriptor, options.where, `its bytes have the digest ${actual}`);
        }
        await renameInto(path, options.pathOf(digest));
        running.delete(id);
        return descriptor;
      },
      cancel: end,
    };
  };

  return {
    async start() {
      const id = randomUUID();
      await mkdir(options.folder, { recursive: true });
      await (await open(join(options.folder, id), "wx")).close();
      running.set(id, { hash: createHash("sha256"), bytes: 0 });
      return session(id);
    },
    async find(id) {
      if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
      const there = await stat(join(options.folder, id)).catch(() => undefined);
      return there?.isFile() ? session(id) : undefined;
    },
  };
}

async function digestOfFile(path: string, wanted: Digest): Promise<Digest | undefined> {
  const handle = await openFile(path);
  if (handle === undefined) return undefined;
  const hash = digester(algorithmOf(wanted));
  for await (const chunk of readHandle(handle)) hash.update(chunk);
  return hash.digest();
}

function mismatchOfSession(where: string, id: string, why: string): Error {
  return new Error(`${where}: upload ${id}: ${why}`);
}
