import { createWriteStream } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure } from "../../failure/index.ts";
import type { Repository } from "../../git/index.ts";
import { formatPlatform } from "../../oci/index.ts";
import { type LocalBuilt, type LocalImage, withCheckout } from "../../publish/index.ts";
import type { Emit } from "../../report/index.ts";
import { loadAs, needRuntime, type RuntimeName, runnable } from "../../smoke/index.ts";
import { copy, layoutArchive, openLayout } from "../../store/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { lateRegistries } from "../registries.ts";
import { type RepositoryOptions, settingsOf } from "../settings.ts";

export interface BuildOptions extends RepositoryOptions {
  readonly load?: boolean;
  readonly runtime?: RuntimeName;
  readonly save?: string;
  readonly tag?: string;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly output: Output;
}

/** What was built, and where it is now. */
interface Placed {
  readonly image: string;
  readonly digest?: string | undefined;
  readonly content?: string | undefined;
  readonly platform: string;
  readonly revision: string;
  readonly dirty: boolean;
  readonly engine: string | undefined;
  /** Whether its checks found no error; undefined where nothing was built. */
  readonly valid?: boolean | undefined;
  readonly runtime?: string | undefined;
  readonly saved?: string | undefined;
}

/** `waybill build`: builds the checkout for local use. Exit code 3 where the image does not pass its checks. */
export const build: Run<BuildOptions> = async (options, edge) => {
  const placed = await listening(listen(edge, options), async (emit) => await placeAll(options, edge, emit));
  await show(placed, options, edge);
  const wrong = placed.filter(({ valid }) => valid === false);
  if (wrong.length === 0) return 0;
  throw new Failure("CHECK_FAILED", `${wrong.map(({ image }) => image).join(", ")} would not be published: it does not pass its checks`, {
    hint: "What they saw stands above.",
  });
};

async function placeAll(options: BuildOptions, edge: Edge, emit: Emit): Promise<readonly Placed[]> {
  const { dryRun, save } = options;
  const wantsRuntime = !dryRun && (save === undefined || options.load === true || options.runtime !== undefined);
  // Before a build, which would be in vain.
  if (save !== undefined && !save.endsWith(".tar")) await refuseOtherFiles(resolve(edge.cwd, save));
  const runtime = wantsRuntime ? await needRuntime(options.runtime, edge.env, edge.signal) : undefined;
  const load = settingsOf(options, edge, { placeless: true, caller: undefined });
  await using client = lateRegistries(options, edge, emit);
  const settings = async (repository: Repository) => {
    const found = await load(repository);
    client.settled(found);
    return found;
  };
  const local = {
    repo: resolve(edge.cwd, options.repo),
    settings,
    only: options.image,
    tag: tagOf(options),
    registries: client,
    env: edge.env,
    emit,
    signal: edge.signal,
  };
  return await withCheckout(local, async (images) => {
    if (save !== undefined && images.length > 1)
      throw new Failure("USAGE", `--save takes one image, and the configuration has ${images.length}`, {
        hint: "Choose one with --image NAME.",
      });
    const placed: Placed[] = [];
    for (const image of images) {
      emit({ kind: "message", level: "info", text: described(image) });
      placed.push(dryRun ? planned(image) : await image.build(async (built) => await place(image, built, { runtime, save }, edge, emit)));
    }
    return placed;
  });
}

function tagOf({ tag, version }: BuildOptions): string {
  if (tag !== undefined && version !== undefined && tag !== version)
    throw new Failure("USAGE", "--tag and --version name different tags", { hint: "Give one of them." });
  return tag ?? version ?? "local";
}

function described({ repository, tag, revision, dirty, platform, plan }: LocalImage): string {
  const how = plan.kind === "build" ? `${plan.engine}: ${plan.why}` : `cannot be built: ${plan.failure.message}`;
  return `${repository}:${tag} of the checkout, ${revision}${dirty ? " with edits" : ""}, ${formatPlatform(platform)}, ${how}`;
}

function planned(image: LocalImage): Placed {
  const { repository, tag, revision, dirty, platform, plan } = image;
  if (plan.kind === "impossible") throw plan.failure;
  return { image: `${repository}:${tag}`, platform: formatPlatform(platform), revision, dirty, engine: plan.engine };
}

async function place(
  image: LocalImage,
  built: LocalBuilt,
  { runtime, save }: { readonly runtime: RuntimeName | undefined; readonly save: string | undefined },
  edge: Edge,
  emit: Emit,
): Promise<Placed> {
  const { repository, tag } = image;
  const { env, signal } = edge;
  const { root, store, content, engine, findings } = built;
  const whole = await runnable(store, root, undefined, { signal });
  if (save?.endsWith(".tar"))
    await writeArchive(resolve(edge.cwd, save), layoutArchive({ store, root, ...whole }, { repository, tag }, { signal }));
  else if (save !== undefined) {
    const layout = await openLayout(resolve(edge.cwd, save), { create: true, durable: false, name: `oci:${save}` });
    await copy(store, layout, root, { emit, signal });
    await layout.tag(tag, root, { signal });
  }
  if (runtime !== undefined) {
    emit({ kind: "message", level: "info", text: `loading into ${runtime}` });
    await loadAs(runtime, store, whole, `${repository}:${tag}`, { env, signal });
  }
  return {
    ...planned(image),
    engine,
    digest: root.digest,
    content,
    valid: !findings.some(({ level }) => level === "error"),
    runtime,
    saved: save,
  };
}

/** Appears as a whole or not at all. */
async function writeArchive(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const draft = `${path}.waybill`;
  try {
    await pipeline(bytes, createWriteStream(draft));
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => {});
    if (thrown instanceof Failure) throw thrown;
    throw new Failure("STORE_FAILED", `${path} cannot be written: ${(thrown as Error).message}`, {
      hint: "Look whether the folder is there, and whether the disk is full.",
      cause: thrown,
    });
  }
}

/** A folder for a layout is one already, or holds nothing yet. */
async function refuseOtherFiles(dir: string): Promise<void> {
  const names = await readdir(dir).catch((): string[] => []);
  if (names.length === 0 || names.includes("oci-layout")) return;
  throw new Failure("USAGE", `--save ${dir} is a folder with other files in it`, {
    hint: "Name a new folder, or a file that ends in .tar.",
  });
}

async function show(placed: readonly Placed[], { output, dryRun }: BuildOptions, edge: Edge): Promise<void> {
  if (output === "json") await print(edge, JSON.stringify(placed.length === 1 ? placed[0] : { images: placed }, null, 2));
  else if (output === "github")
    await print(edge, placed.map(({ image, digest = "" }) => `image_uri=${image}\ndigest=${digest}`).join("\n"));
  else await print(edge, placed.flatMap((one) => (dryRun ? [`${one.image} would be built with ${one.engine}`] : asLines(one))).join("\n"));
}

function asLines({ image, digest, platform, revision, runtime, saved }: Placed): readonly string[] {
  const where = [...(saved === undefined ? [] : [`saved to ${saved}`]), ...(runtime === undefined ? [] : [`loaded into ${runtime}`])];
  return [
    `${image}: ${where.join(", ")}`,
    `  digest ${digest}`,
    `  platform ${platform}`,
    `  revision ${revision}`,
    `DOCKER_IMAGE_URI=${image}`,
  ];
}
