import { formatPlatform, isLoopback } from "../../oci/index.ts";
import type { BuildCache, BuildRequest } from "../engine.ts";

/** What a build's words are made of besides the request. */
export interface WordsFor {
  /** The Dockerfile, the .dockerignore for it and the context, on disk. */
  readonly dockerfile: string;
  readonly ignore: string;
  readonly context: string;
  readonly policy: string;
  /** Where the id of what was built is written. */
  readonly idFile: string;
  readonly isolation: string;
  /** One layer for each instruction, and a cache of them; else one for each stage. */
  readonly layers: boolean;
  /** Images by the names that the Dockerfile has for them: names in the storage. */
  readonly images: Readonly<Record<string, string>>;
  /** Words that hand over secrets and SSH. */
  readonly secrets: readonly string[];
  /** The repository that layers are cached in. */
  readonly cache: string | undefined;
}

/** The words of `buildah build`. */
export function buildWords(request: BuildRequest, given: WordsFor): readonly string[] {
  const { platform, target, args, epoch } = request;
  return [
    "build",
    "--format=docker",
    `--isolation=${given.isolation}`,
    `--layers=${given.layers}`,
    `--timestamp=${epoch}`,
    "--identity-label=false",
    "--force-rm",
    // Every image is there already, by the digest that its name was resolved to.
    "--pull=never",
    `--signature-policy=${given.policy}`,
    `--platform=${formatPlatform(platform)}`,
    `--file=${given.dockerfile}`,
    `--ignorefile=${given.ignore}`,
    `--iidfile=${given.idFile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...Object.entries(declaresEpoch(request) ? { SOURCE_DATE_EPOCH: String(epoch), ...args } : args).map(
      ([name, value]) => `--build-arg=${name}=${value}`,
    ),
    ...Object.entries(given.images).map(([name, image]) => `--build-context=${name}=container-image://${image}`),
    ...given.secrets,
    ...(given.cache === undefined ? [] : cacheWords(given.cache)),
    given.context,
  ];
}

/** BuildKit gives this argument to whoever declares it; buildah warns of one that nobody does. */
function declaresEpoch({ dockerfile }: BuildRequest): boolean {
  return /^\s*ARG\s(?:.*\s)?SOURCE_DATE_EPOCH\b/im.test(dockerfile.text);
}

/** A registry on this machine speaks plain HTTP. */
function cacheWords(repository: string): readonly string[] {
  const words = [`--cache-from=${repository}`, `--cache-to=${repository}`];
  return isLoopback((repository.split("/")[0] ?? "").replace(/:\d+$/, "")) ? [...words, "--tls-verify=false"] : words;
}

/** Where a cache in a registry is, as buildah takes it: a repository without a tag, because buildah tags each layer by its key. */
export function cacheRepository(cache: BuildCache | undefined): string | undefined {
  return cache?.type === "registry" ? cache.ref.replace(/@.*$/, "").replace(/:[^/:]*$/, "") : undefined;
}
