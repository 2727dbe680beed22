import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { ImageSettings, Settings } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { type Checkout, openCheckout, type Repository } from "../git/index.ts";
import { type Descriptor, type Digest, isRepository, type Platform, parsePlatform, parseTag, type Tag } from "../oci/index.ts";
import type { Emit, Finding } from "../report/index.ts";
import type { Store } from "../store/index.ts";
import { validate } from "../validate/index.ts";
import { buildInto } from "./build.ts";
import { chosenImages, type Registries } from "./inputs.ts";
import { buildPlan } from "./plan.ts";
import { keyOf } from "./reuse/key.ts";
import { scratchFolder } from "./scratch.ts";
import type { BuildPlan } from "./types.ts";
import { openingWorkshop } from "./workshop.ts";

/** What building a checkout takes. */
export interface LocalOptions {
  /** A folder in the git repository. */
  readonly repo: string;
  /** Reads the settings, once the repository is known; an image need not have a destination. */
  readonly settings: (repository: Repository) => Promise<Settings>;
  /** Names of the images to build; all unless given. */
  readonly only?: readonly string[] | undefined;
  /** What the images are tagged with. */
  readonly tag: string;
  readonly registries: Registries;
  /** The environment that engines run in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** One image of the checkout, before it is built. */
export interface LocalImage {
  /** The repository's name without a registry: nobody can push it by mistake to where releases are. */
  readonly repository: string;
  readonly tag: Tag;
  /** The commit that is checked out, with `-dirty` behind it where the checkout has edits. */
  readonly revision: string;
  readonly dirty: boolean;
  readonly platform: Platform;
  readonly plan: BuildPlan;
  /**
   * Builds it, and hands it to whoever takes it; what was built is gone after that.
   * @throws Failure of the engine
   */
  build<T>(take: (built: LocalBuilt) => Promise<T>): Promise<T>;
}

/** A built image, and what the checks saw in it. */
export interface LocalBuilt {
  readonly root: Descriptor;
  readonly store: Store;
  /** Digest of the content before the stamp: the one that a commit of the same files gets. */
  readonly content: Digest | undefined;
  readonly engine: string | undefined;
  readonly findings: readonly Finding[];
}

/** A tag that no release has. */
const localTag = /^(?:local|dev-[A-Za-z0-9._-]{1,100})$/;

/**
 * A tag for what is built from a checkout: `local`, or one that begins with `dev-`.
 * @throws Failure USAGE: a release tag is written by a publication only
 */
function parseLocalTag(text: string): Tag {
  if (localTag.test(text)) return parseTag(text);
  throw new Failure("USAGE", `an image that is built from a checkout is called local or dev-…, not "${text.slice(0, 100)}"`, {
    hint: "Commits are published: waybill publish --commit SHA; versions are given to them: waybill promote SHA VERSION.",
  });
}

/**
 * Looks at a checkout, edits and new files too, and hands its images over to be built. No registry is written to.
 * @throws Failure NOT_A_REPOSITORY, COMMIT_UNKNOWN, CONFIG_INVALID and the like
 */
export async function withCheckout<T>(options: LocalOptions, work: (images: readonly LocalImage[]) => Promise<T>): Promise<T> {
  await using checkout = await openCheckout(options.repo, { signal: options.signal });
  const settings = await options.settings(checkout.repository);
  const images: LocalImage[] = [];
  for (const image of chosenImages(settings, options.only)) images.push(await localImage(local(image), checkout, options));
  return await work(images);
}

/** Nobody else's cache hears of a checkout, and whoever builds one looks at it anyway. */
function local(image: ImageSettings): ImageSettings {
  const { mode, timeoutMs } = image.build.cache;
  return { ...image, smoke: undefined, build: { ...image.build, cache: { type: "none", mode, timeoutMs } } };
}

async function localImage(image: ImageSettings, checkout: Checkout, options: LocalOptions): Promise<LocalImage> {
  const { repository, head, tree, dirty } = checkout;
  const tag = parseTag(`${parseLocalTag(options.tag)}${image.suffix ?? ""}`);
  const revision = dirty ? `${head.sha}-dirty` : head.sha;
  const platform = parsePlatform(image.build.platform);
  const plan = await buildPlan({ sha: tree, name: "the checkout", repository }, image);
  const { emit, signal } = options;
  return {
    repository: nameOf(image, repository.root),
    tag,
    revision,
    dirty,
    platform,
    plan,
    async build(take) {
      if (plan.kind === "impossible") throw plan.failure;
      const scratch = await scratchFolder();
      try {
        const open = openingWorkshop(image, { sha: tree, repository }, async () => scratch, options);
        const workshop = await open(plan.dockerfile);
        const key = await keyOf({ image, platform }, plan, workshop, options);
        const order = {
          plan: {
            image,
            platform,
            commit: { ...head, sha: revision },
            source: image.source ?? (await repository.source()),
            releaseTag: tag,
          },
          dockerfile: plan.dockerfile,
          workshop,
          key,
        };
        const built = await buildInto(await workshop.store(), await workshop.engine(), order, { emit, signal });
        const findings = await validate({ store: built.store, root: built.root, expected: { platform } }, { signal });
        for (const finding of findings) emit({ kind: "finding", finding });
        const { root, store, content, engine } = built;
        return await take({ root, store, content, engine, findings });
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

/** The image's repository; of a checkout that configures none, the folder's name. */
function nameOf({ name, destinations }: ImageSettings, root: string): string {
  const folder = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const found = destinations[0]?.repository ?? (name === "" ? folder : name);
  return isRepository(found) ? found : "checkout";
}
