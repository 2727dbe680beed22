import { chmod, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";

/** Reads files of a repository as text; undefined where there is none. @throws Failure FILE_FAILED */
export function readIn(root: string): (path: string) => Promise<string | undefined> {
  return async (path) => {
    try {
      return await readFile(join(root, path), "utf8");
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw failed("read", path, thrown);
    }
  };
}

/** Writes a file of a repository, with the folders around it. A symbolic link is followed inside the repository only. @throws Failure FILE_FAILED */
export async function writeIn(root: string, path: string, text: string, executable: boolean): Promise<void> {
  try {
    const folder = join(root, dirname(path));
    await mkdir(folder, { recursive: true });
    const place = await realpath(join(root, path)).catch(async () => join(await realpath(folder), path.split("/").at(-1) ?? ""));
    if (relative(await realpath(root), place).startsWith(".."))
      throw new Failure("FILE_FAILED", `${path} is a link that leads out of the repository`, { hint: "Remove the link, and try again." });
    await writeFile(place, text);
    if (executable) await chmod(place, 0o755);
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : failed("written", path, thrown);
  }
}

function failed(what: "read" | "written", path: string, thrown: unknown): Failure {
  const why = thrown instanceof Error ? quoteForeign(thrown.message) : "";
  return new Failure("FILE_FAILED", `${path} cannot be ${what}: ${why}`, {
    hint: "Look at what is there, and at who may read and write it.",
    cause: thrown,
  });
}
