import { run } from "../../src/process/index.ts";
import { aFolder } from "./folder.ts";

/** A folder with room for 2 MiB, gone when the scope ends; undefined where only root could make one. */
export async function aSmallDisk(): Promise<(AsyncDisposable & { readonly path: string }) | undefined> {
  const folder = await aFolder();
  const { exitCode } = await run("sh", ["-c", `mount -t tmpfs -o size=2m none ${folder.path}`]);
  if (exitCode !== 0) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await run("umount", [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}
