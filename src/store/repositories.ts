import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure, throwIfAborted, toFailure } from "../failure/index.ts";
import { isRepository } from "../oci/index.ts";
import type { Garbage, GarbageOptions } from "./layout/garbage.ts";
import { layoutStore } from "./layout/layout.ts";
import { leastGarbageAgeMs } from "./layout/use.ts";
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

/**
 * Removes, in each repository below a folder, content that nothing names; others may push meanwhile.
 * @throws Failure USAGE where `olderThanMs` is less than a minute: pushes that run would lose what they were told is there;
 * NOT_FOUND where there is no such folder
 */
export async function* collectRepositories(
  root: string,
  options: GarbageOptions,
): AsyncIterable<{ readonly repository: string; readonly garbage?: Garbage; readonly failure?: Failure }> {
  if (!(options.olderThanMs >= leastGarbageAgeMs)) {
    throw new Failure("USAGE", `garbage must be older than ${leastGarbageAgeMs / 1000} s`, {
      hint: "A push writes its layers before its manifest: give it the time that it takes.",
    });
  }
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) throw new Failure("NOT_FOUND", `there is no folder ${root}`);
  for (const repository of (await found(root, "")).sort()) {
    const layout = layoutStore(join(root, ...repository.split("/"), layoutFolder), { name: repository });
    try {
      yield { repository, garbage: await layout.collectGarbage(options) };
    } catch (thrown) {
      throwIfAborted(options.signal);
      // One damaged repository must not keep the others from being tidied.
      yield { repository, failure: toFailure(thrown) };
    }
  }
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
