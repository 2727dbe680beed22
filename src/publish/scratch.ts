import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskFailure } from "../build/index.ts";
import { openLayout, type Store, spillingStore } from "../store/index.ts";

/** What else keeps a folder for temporary files from being made, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "it is no folder",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
};

/** Makes a folder for what is only needed while a build runs. @throws Failure BUILD_FAILED */
export async function scratchFolder(): Promise<string> {
  return await telling(() => mkdtemp(join(tmpdir(), "waybill-")));
}

/**
 * The store that content is put together in: in memory while it is small, else in a layout, whose writes fail with BUILD_FAILED where it
 * cannot be opened. It is gone after the run, so nothing in it needs to reach the disk.
 */
export function scratchStore(dir: string): Store {
  const name = "the build";
  return spillingStore(() => telling(() => openLayout(join(dir, "content"), { create: true, durable: false, name })), { name });
}

async function telling<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw diskFailure(thrown, reasons);
  }
}
