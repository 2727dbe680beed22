import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";

/** Keeps contents on disk while a build may still ask for them: all in one file, which is nobody's as soon as it is made. */
export interface Spool extends AsyncDisposable {
  /**
   * Keeps what comes, to be read any number of times until the spool is disposed of.
   * @throws Failure BUILD_FAILED where the disk is full or cannot be written to; what the content throws
   */
  keep(content: AsyncIterable<Uint8Array>): Promise<() => AsyncIterable<Uint8Array>>;
}

/** Bytes that are written at once, and read at once. */
const pieceBytes = 1 << 20;
const zeros = Buffer.alloc(pieceBytes);

/**
 * A spool whose file is made when something is kept first. Zeros take no room where the file system has holes.
 * @param dir where the file lies; the system's folder for temporary files unless given
 */
export function openSpool(dir: string = tmpdir()): Spool {
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let file: Promise<FileHandle> | undefined;
  /** Bytes that are in the file, and those behind them that wait in the piece. */
  let [written, waiting] = [0, 0];
  let flushing: Promise<void> = Promise.resolve();

  const opened = (): Promise<FileHandle> => {
    file ??= temporaryFile(dir);
    return file;
  };
  const flush = async (): Promise<void> => {
    const bytes = piece.subarray(0, waiting);
    if (bytes.length === 0) return;
    const handle = await opened();
    if (bytes.equals(zeros.subarray(0, bytes.length))) await handle.truncate(written + bytes.length);
    else for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, written + at)).bytesWritten;
    written += bytes.length;
    waiting = 0;
  };
  const settled = async (): Promise<void> => {
    flushing = flushing.then(flush);
    await flushing;
  };
  return {
    async keep(content) {
      const start = written + waiting;
      let size = 0;
      await opened().catch(failed);
      for await (const chunk of content) {
        size += chunk.length;
        for (let at = 0; at < chunk.length; ) {
          const part = chunk.subarray(at, at + pieceBytes - waiting);
          piece.set(part, waiting);
          waiting += part.length;
          at += part.length;
          if (waiting === pieceBytes) await settled().catch(failed);
        }
      }
      return async function* () {
        await settled().catch(failed);
        for (let at = 0; at < size; at += pieceBytes) {
          const bytes = Buffer.allocUnsafeSlow(Math.min(pieceBytes, size - at));
          await readAll(await opened(), bytes, start + at).catch(failed);
          yield bytes;
        }
      };
    },
    async [Symbol.asyncDispose]() {
      const handle = await file?.catch(() => undefined);
      await handle?.close();
    },
  };
}

/** A file that has no name any more: whatever ends the program, nothing is left. */
async function temporaryFile(dir: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(dir, "waybill-spool-"));
  try {
    return await open(join(folder, "kept"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readAll(file: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new Error("the file for temporary content ends early");
    at += bytesRead;
  }
}

function failed(thrown: unknown): never {
  const { code, message } = thrown as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT";
  throw new Failure("BUILD_FAILED", `what is in an archive could not be kept: ${full ? "the disk is full" : quoteForeign(message)}`, {
    hint: "Make room in the folder for temporary files, or name another one with TMPDIR.",
    cause: thrown,
  });
}
