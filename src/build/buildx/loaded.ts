import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import { run } from "../../process/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildxSetting } from "./program.ts";
import { importSaved } from "./saved.ts";

/** Brings an image that was loaded into Docker into a store, by saving it. */
export async function fromDocker(
  name: string,
  into: Store,
  { env, tempDir }: BuildxSetting,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const file = join(tempDir, "saved.tar");
  try {
    const saved = await run("docker", ["image", "save", "--output", file, name], { env, signal });
    if (saved.exitCode !== 0)
      throw new Failure("BUILD_FAILED", `docker image save failed: ${quoteForeign(saved.stderr)}`, {
        hint: "Look whether the Docker daemon still runs, and whether the disk is full.",
      });
    return await importSaved(file, into, tempDir, signal);
  } finally {
    await rm(file, { force: true });
  }
}

/** Takes an image out of Docker again; that it is not there is no failure. */
export async function removeFromDocker(name: string, { env }: BuildxSetting): Promise<void> {
  await run("docker", ["image", "rm", "--force", name], { env, timeoutMs: 60_000 }).catch(() => undefined);
}
