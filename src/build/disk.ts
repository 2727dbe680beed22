import { tmpdir } from "node:os";
import { Failure } from "../failure/index.ts";
import type { Engine } from "./engine.ts";

/** What the system says of a disk that takes nothing more, or never did (errno(3)), in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "its file system is read-only",
  EIO: "the disk fails",
};

/**
 * What is thrown when waybill cannot write what a build needs on disk: BUILD_FAILED with what to do, and everything else as it is.
 * @param more further codes of the system, in words
 */
export function diskFailure(thrown: unknown, more: Readonly<Record<string, string>> = {}): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? "";
  const all = { ...reasons, ...more };
  if (thrown instanceof Failure || !Object.hasOwn(all, code)) return thrown;
  return new Failure("BUILD_FAILED", `what is built cannot be written to the folder for temporary files, ${tmpdir()}: ${all[code]}`, {
    hint: "Make room there, or name another folder with TMPDIR.",
    cause: thrown,
  });
}

/** An engine whose failures for want of disk are the build's. */
export function heedingDisk(engine: Engine): Engine {
  return {
    ...engine,
    async build(request, into, options) {
      try {
        return await engine.build(request, into, options);
      } catch (thrown) {
        throw diskFailure(thrown);
      }
    },
  };
}
