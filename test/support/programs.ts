import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aFolder } from "./folder.ts";

/** Programs of a test's own, and an environment in which there are no others. */
export interface Programs extends AsyncDisposable {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes programs from the text of shell scripts; these find the system's own programs, and whoever runs them does not. */
export async function programs(scripts: Readonly<Record<string, string>>): Promise<Programs> {
  const folder = await aFolder();
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder.path, name);
    await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    await chmod(path, 0o755);
  }
  return { dir: folder.path, env: { PATH: folder.path }, [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose]() };
}
