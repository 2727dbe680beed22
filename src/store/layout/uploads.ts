import { createHash, type Hash, randomUUID } from "node:crypto";
import { mkdir, open, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Failure, throwIfAborted } from "../../failure/index.ts";
import { algorithmOf, type Digest, type DigestAlgorithm, digester } from "../../oci/index.ts";
import type { Upload, Uploading } from "../store.ts";
import { mismatch, notFound } from "../verify.ts";
import { openFile, readHandle, renameInto } from "./files.ts";
import { gatherer } from "./gather.ts";

/** What a session of this process has taken so far, hashed, so that a commit need not read it again. */
interface Running {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  bytes: number;
}

/** Upload sessions in a folder: one file each, named by the session's id, so that they survive the process. */
export function diskUploads(options: {
  readonly folder: string;
  readonly pathOf: (digest: Digest) => string;
  readonly durable: boolean;
  readonly where: string;
}): { start: Uploading["startUpload"]; find: Uploading["upload"] } {
  const running = new Map<string, Running>();
  const busy = new Set<string>();

  const append = async (id: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<number> => {
    const handle = await open(join(options.folder, id), "r+").catch(() => {
      throw notFound(options.where, id);
    });
    try {
      const file = gatherer(handle, (await handle.stat()).size);
      const state = running.get(id);
      try {
        for await (const chunk of bytes) {
          throwIfAborted(signal);
          state?.hash.update(chunk);
          if (state !== undefined) state.bytes += chunk.length;
          await file.add(chunk);
        }
      } finally {
        // What came before a stream broke stays.
        await file.flush().catch((error) => {
          // The hash has bytes now that the file may lack.
          running.delete(id);
          throw error;
        });
      }
      return file.size();
    } finally {
      await handle.close();
    }
  };

  const session = (id: string): Upload => {
    const path = join(options.folder, id);
    const size = async (): Promise<number> =>
      (
        await stat(path).catch(() => {
          throw notFound(options.where, id);
        })
      ).size;
    const end = async (): Promise<void> => {
      running.delete(id);
      await unlink(path).catch(() => {});
    };
    return {
      id,
      path,
      size,
      async append(bytes, waiting) {
        if (busy.has(id)) throw inUse(options.where, id);
        busy.add(id);
        try {
          return await append(id, bytes, waiting?.signal);
        } finally {
          busy.delete(id);
        }
      },
      async commit(digest) {
        if (busy.has(id)) throw inUse(options.where, id);
        const bytes = await size();
        const state = running.get(id);
        const algorithm = digest === undefined ? (state?.algorithm ?? "sha256") : algorithmOf(digest);
        const known = state?.algorithm === algorithm && state.bytes === bytes;
        const actual = known ? (`${algorithm}:${state.hash.copy().digest("hex")}` as Digest) : await digestOfFile(path, algorithm);
        if (actual === undefined) throw notFound(options.where, id);
        const descriptor = { mediaType: "application/octet-stream", digest: digest ?? actual, size: bytes };
        if (actual !== descriptor.digest) {
          await end();
          throw mismatch(descriptor, options.where, `its bytes have the digest ${actual}`);
        }
        if (options.durable) await flush(path);
        await renameInto(path, options.pathOf(actual));
        running.delete(id);
        return descriptor;
      },
      cancel: end,
    };
  };

  return {
    async start(waiting) {
      const id = randomUUID();
      await mkdir(options.folder, { recursive: true });
      await (await open(join(options.folder, id), "wx")).close();
      const algorithm = waiting?.algorithm ?? "sha256";
      running.set(id, { algorithm, hash: createHash(algorithm), bytes: 0 });
      return session(id);
    },
    async find(id) {
      if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
      const there = await stat(join(options.folder, id)).catch(() => undefined);
      return there?.isFile() ? session(id) : undefined;
    },
  };
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOfFile(path: string, algorithm: DigestAlgorithm): Promise<Digest | undefined> {
  const handle = await openFile(path);
  if (handle === undefined) return undefined;
  const hash = digester(algorithm);
  for await (const chunk of readHandle(handle)) hash.update(chunk);
  return hash.digest();
}

function inUse(where: string, id: string): Failure {
  return new Failure("STORE_FAILED", `${where}: two requests use the upload ${id} at once`, { hint: "Send one after the other." });
}
