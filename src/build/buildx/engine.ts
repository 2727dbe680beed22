import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { type Descriptor, formatPlatform, isAttestation, type Platform, parseTag, platformMatches } from "../../oci/index.ts";
import { run } from "../../process/index.ts";
import { copy, openLayout, readConfig, readManifest, type Store } from "../../store/index.ts";
import type { BuildRequest, Built, Engine, StepOptions } from "../engine.ts";
import { type WrittenContext, writeContext } from "./context.ts";
import { type BuildxProgram, type BuildxSetting, buildxMissing, findBuildx } from "./program.ts";
import { progressReader, type Told } from "./progress.ts";
import { importSaved } from "./saved.ts";

/** What the docker driver of an older Docker says when it is asked for an OCI layout. */
const noOciExporter =
  /exporter is not supported for the docker driver|OCI exporter|exporter "oci"|docker driver.*(?:not supported|switch to a different driver)/i;

/**
 * The engine that has `docker buildx` build: everything that a Dockerfile can ask for. Content comes as an OCI layout; where the
 * builder has none to give (Docker's own, before its containerd store), the image is loaded, saved and converted.
 */
export function buildxEngine(setting: BuildxSetting): Engine {
  return {
    name: "buildx",
    async build(request, into, options) {
      const program = await findBuildx(setting.env, options.signal);
      if (program === undefined) throw buildxMissing(request.dockerfile.name);
      const written = await writeContext(request, setting.tempDir, options.signal);
      const words = await buildWords(request, written, setting, options.signal);
      const dest = join(setting.tempDir, "layout");
      const output = csv(["type=oci", `dest=${dest}`, "tar=false", "rewrite-timestamp=true", "oci-mediatypes=true"]);
      const told = await execute(
        program,
        [...words, "--tag=waybill/build:content", "--output", output, written.dir],
        request,
        setting,
        options,
      );
      if (told === undefined) return await fromLayout(dest, request.platform, into, options);
      if (!noOciExporter.test([told.failed?.error ?? "", ...told.rest].join("\n"))) throw buildFailed(request, told);
      options.emit({
        kind: "message",
        level: "info",
        text: "this builder writes no OCI layout, so the image is loaded into Docker, saved and converted",
      });
      return await throughDocker(program, words, written, request, into, setting, options);
    },
  };
}

async function buildWords(
  request: BuildRequest,
  written: WrittenContext,
  { builder }: BuildxSetting,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const contexts = await Promise.all(
    Object.keys(request.contexts ?? {}).map(async (name) => `--build-context=${name}=${await pinnedContext(name, request, signal)}`),
  );
  return [
    "build",
    "--progress=rawjson",
    "--provenance=false",
    "--sbom=false",
    `--platform=${formatPlatform(request.platform)}`,
    `--file=${written.dockerfile}`,
    ...(builder === undefined ? [] : [`--builder=${builder}`]),
    ...(request.target === undefined ? [] : [`--target=${request.target}`]),
    ...Object.entries(request.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...contexts,
  ];
}

/** Fields as buildx reads them (RFC 4180), because a folder's name may have a comma or a quote in it. */
function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

/** A further context as buildx takes it: an image by its digest, wherever it is. */
async function pinnedContext(name: string, { images }: BuildRequest, signal: AbortSignal | undefined): Promise<string> {
  const { store, root, pinned } = await images.image(name, signal);
  if ("dir" in store && typeof store.dir === "string") return `oci-layout://${resolve(store.dir)}@${root.digest}`;
  return `docker-image://${pinned}`;
}

/** Runs a build; gives what was told where it failed. */
async function execute(
  program: BuildxProgram,
  words: readonly string[],
  request: BuildRequest,
  { env }: BuildxSetting,
  { emit, signal }: StepOptions,
): Promise<Told | undefined> {
  const [command, ...before] = program;
  const progress = progressReader(emit);
  const { exitCode } = await run(command, [...before, ...words], {
    env: { ...env, SOURCE_DATE_EPOCH: String(request.epoch), BUILDX_NO_DEFAULT_ATTESTATIONS: "1", BUILDX_METADATA_PROVENANCE: "disabled" },
    signal,
    // An older Docker keeps signals to itself, and its plugin would go on building.
    withDescendants: true,
    maxBytes: 1 << 30,
    onStderr: (line) => progress.hear(line),
  });
  return exitCode === 0 ? undefined : progress.told();
}

async function fromLayout(dir: string, platform: Platform, into: Store, options: StepOptions): Promise<Built> {
  const layout = await openLayout(dir, { name: "what buildx built", durable: false });
  const root = await layout.resolve(parseTag("content"), options);
  if (root === undefined) throw new Failure("IMAGE_INVALID", "buildx wrote a layout without an image");
  const content = await imageOf(layout, root, platform, options);
  await copy(layout, into, content, options);
  return { content, bases: [] };
}

/** The platform's image of what was built, without the attestations beside it. */
async function imageOf(store: Store, root: Descriptor, platform: Platform, options: StepOptions): Promise<Descriptor> {
  const manifest = await readManifest(store, root, options);
  if (manifest.kind === "manifest") return root;
  for (const child of manifest.manifests.filter((one) => !isAttestation(one))) {
    const image = await readManifest(store, child, options);
    if (image.kind === "manifest" && platformMatches(platform, await readConfig(store, image.config, options))) return child;
  }
  // What was built for another platform is for the checks to see.
  const [first] = manifest.manifests.filter((one) => !isAttestation(one));
  if (first === undefined) throw new Failure("IMAGE_INVALID", "buildx built an index without an image");
  return first;
}

async function throughDocker(
  program: BuildxProgram,
  words: readonly string[],
  written: WrittenContext,
  request: BuildRequest,
  into: Store,
  setting: BuildxSetting,
  options: StepOptions,
): Promise<Built> {
  const name = `waybill-build:${randomUUID()}`;
  const told = await execute(program, [...words, "--load", `--tag=${name}`, written.dir], request, setting, options);
  if (told !== undefined) throw buildFailed(request, told);
  const file = join(setting.tempDir, "saved.tar");
  const docker = (argv: readonly string[]) => run("docker", argv, { env: setting.env, signal: options.signal });
  try {
    const saved = await docker(["image", "save", "--output", file, name]);
    if (saved.exitCode !== 0)
      throw new Failure("BUILD_FAILED", `docker image save failed: ${quoteForeign(saved.stderr)}`, {
        hint: "Look whether the Docker daemon still runs.",
      });
    return { content: await importSaved(file, into, setting.tempDir, options.signal), bases: [] };
  } finally {
    await docker(["image", "rm", "--force", name]).catch(() => undefined);
    await rm(file, { force: true });
  }
}

function buildFailed({ dockerfile }: BuildRequest, { failed, rest }: Told): Failure {
  if (failed === undefined) {
    return new Failure("BUILD_FAILED", `docker buildx failed: ${rest.slice(-5).join(" ") || "it said nothing"}`, {
      hint: "Run docker buildx build by hand to see more.",
    });
  }
  const log = failed.log.length === 0 ? "" : `\n${failed.log.map((line) => `  | ${quoteForeign(line)}`).join("\n")}`;
  return new Failure("BUILD_FAILED", `${dockerfile.name}: ${failed.name}: ${failed.error}${log}`, {
    hint: "Mend the step and publish again; nothing was pushed.",
  });
}
