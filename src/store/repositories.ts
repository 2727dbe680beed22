import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isRepository } from "../oci/index.ts";
import { layoutStore } from "./layout/layout.ts";
import { sharedByName } from "./shared.ts";
import type { Repositories, Store } from "./store.ts";

/** No component of a repository's name may begin with an underscore, so this folder never clashes with one. */
const layoutFolder = "_layout";

/** Repositories on disk: an OCI image layout each, at `ROOT/NAME/_layout`, where other tools can read it too. */
export function diskRepositories(root: string, options: { readonly durable?: boolean } = {}): Repositories {
  return {
    open: sharedByName<Store>((repository) =>
      layoutStore(join(root, ...repository.split("/"), layoutFolder), { ...options, name: repository }),
    ),
    async *list() {
      yield* (await found(root, "")).sort();
    },
  };
}

async function found(dir: string, name: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const below = await Promise.all(
    folders
      .map((folder) => (name === "" ? folder : `${name}/${folder}`))
      .filter(isRepository)
      .map((repository) => found(join(dir, repository.slice(repository.lastIndexOf("/") + 1)), repository)),
  );
  return [...(name !== "" && folders.includes(layoutFolder) ? [name] : []), ...below.flat()];
}
