import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

/** Drafts and uploads that nothing was written to for so long belong to nobody any more, in milliseconds. */
const abandonedMs = 24 * 3_600_000;

/** Removes what killed processes and vanished clients left in a layout's scratch folders. Never fails: it only tidies. */
export async function sweepScratch(folders: readonly string[], now: number = Date.now()): Promise<void> {
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (!entry.isFile()) continue;
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && now - found.mtimeMs > abandonedMs) await unlink(path).catch(() => {});
    }
  }
}
