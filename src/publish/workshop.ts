import { resolve } from "node:path";
import { chooseEngine } from "../build/index.ts";
import type { ImageSettings } from "../config/index.ts";
import type { Repository } from "../git/index.ts";
import type { Workshop } from "./build.ts";
import type { StepOptions } from "./deliver.ts";
import { gapInputs, inputsOf, type Registries } from "./inputs.ts";
import type { OpenWorkshop } from "./obtain.ts";
import { scratchStore } from "./scratch.ts";
import { readyToStart } from "./smoke.ts";

/** The files that an image is built from: a commit's, or what stands for one. */
export interface TreeOf {
  readonly sha: string;
  readonly repository: Repository;
}

/** What a workshop takes from the run. */
export interface WorkshopOptions extends StepOptions {
  readonly registries: Registries;
  /** The environment that engines run in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens what a build takes: the commit's files with those that a build step made, base images, an engine, a scratch layout. */
export function openingWorkshop(
  image: ImageSettings,
  { sha, repository }: TreeOf,
  scratch: () => Promise<string>,
  options: WorkshopOptions,
): OpenWorkshop {
  const { build } = image;
  return async (dockerfile) => {
    return {
      ...(await inputsOf(image, sha, repository, options.registries)),
      extras: extrasOf(build, repository.root),
      async engine() {
        await readyToStart(image.smoke, options.env, options.signal);
        const { engine, why } = await chooseEngine(build.engine, dockerfile, {
          target: build.target,
          inputs: gapInputs(image, sha, repository, dockerfile.ignore),
          builder: build.builder,
          env: options.env,
          signal: options.signal,
          tempDir: await scratch(),
        });
        options.emit({ kind: "message", level: "info", text: `building with ${engine.name}: ${why}` });
        return engine;
      },
      store: async () => scratchStore(await scratch()),
    };
  };
}

function extrasOf({ secrets, ssh, cache, compression }: ImageSettings["build"], root: string): Workshop["extras"] {
  return {
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([id, { env, file }]) => [id, { env, file: file === undefined ? undefined : resolve(root, file) }]),
    ),
    ssh,
    cache: cache.type === "local" ? { ...cache, dir: resolve(root, cache.dir) } : cache,
    compression,
  };
}
