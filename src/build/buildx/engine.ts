import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { toFailure } from "../../failure/index.ts";
import { type BuildStats, formatMs } from "../../report/index.ts";
import type { Store } from "../../store/index.ts";
import { heedingDisk } from "../disk.ts";
import type { BuildRequest, Built, Engine, StepOptions } from "../engine.ts";
import { builderMissing, openBuilder } from "./builder.ts";
import { type CacheWords, cacheWords, exportFailed, exportRefused } from "./cache.ts";
import { giveContext } from "./context.ts";
import { type Execution, execute, type Outcome } from "./execute.ts";
import { buildFailed, resultFailed } from "./failed.ts";
import { fromLayout } from "./layout.ts";
import { fromDocker, removeFromDocker } from "./loaded.ts";
import { type BuildxProgram, type BuildxSetting, buildxMissing, findBuildx } from "./program.ts";
import { handSecrets } from "./secrets.ts";
import { usualSilence } from "./silence.ts";
import { buildWords, layoutOutput } from "./words.ts";

/** What the docker driver of an older Docker says when it is asked for an OCI layout. */
const noOciExporter =
  /exporter is not supported for the docker driver|OCI exporter|exporter "oci"|docker driver.*(?:not supported|switch to a different driver)/i;

/**
 * The engine that has `docker buildx` build: everything that a Dockerfile can ask for. Content comes as an OCI layout; where the
 * builder has none to give (Docker's own, before its containerd store), the image is loaded, saved and converted.
 */
export function buildxEngine(setting: BuildxSetting): Engine {
  return heedingDisk({
    name: "buildx",
    async build(request, into, options) {
      const begun = performance.now();
      const program = await findBuildx(setting.env, options.signal);
      if (program === undefined) throw buildxMissing(request.dockerfile.name);
      await using cache = await cacheWords(request.cache, setting.env);
      if (cache.warning !== undefined) options.emit({ kind: "message", level: "warning", ...cache.warning });
      const job = await prepare(program, request, setting, options);
      await using builder = job.builder;
      const layout = { dir: join(setting.tempDir, "layout"), metadata: join(setting.tempDir, "metadata.json") };
      const output = [layoutOutput(layout.dir, request.compression), `--metadata-file=${layout.metadata}`, "--tag=waybill/build:content"];
      const build = async (words: readonly string[], output: readonly string[]): Promise<Outcome> => {
        await Promise.all(Object.values(layout).map((path) => rm(path, { recursive: true, force: true })));
        return await execute(program, [...job.words, ...builder.words, ...words, ...output, job.place], job.execution);
      };
      const outcome = await withCache(cache, request, options, (words) => build(words, output));
      if (outcome.exitCode === 0) {
        const content = await fromLayout(layout, request.platform, into, options).catch((thrown: unknown) => {
          throw resultFailed(thrown, outcome);
        });
        return told(outcome, begun, { content, bases: [] }, options);
      }
      if (!noOciExporter.test([outcome.failed?.error ?? "", ...outcome.rest].join("\n")))
        throw (
          (await builderMissing(outcome.rest, program, setting, options.signal)) ??
          buildFailed(request.dockerfile, outcome, setting.builder)
        );
      options.emit({
        kind: "message",
        level: "info",
        text: "this builder writes no OCI layout, so the image is loaded into Docker, saved and converted",
      });
      return await throughDocker((output) => build(cache.from, output), begun, request, into, setting, options);
    },
  });
}

/** All that a build is run with, put together and looked at before it begins. */
async function prepare(program: BuildxProgram, request: BuildRequest, setting: BuildxSetting, options: StepOptions) {
  const { env, tempDir, silence = usualSilence } = setting;
  const secrets = await handSecrets(request, env);
  const given = await giveContext(request, tempDir, options.signal);
  const words = [...(await buildWords(request, given, options.signal)), ...secrets.words];
  // buildx looks beside an archive's Dockerfile for files of its own: it must find none of the checkout's.
  const cwd = join(tempDir, "nothing");
  await mkdir(cwd, { recursive: true });
  const builder = await openBuilder(program, setting, options.signal);
  const execution: Execution = {
    env: {
      ...fromAnywhere(env),
      ...builder.env,
      SOURCE_DATE_EPOCH: String(request.epoch),
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
      BUILDX_METADATA_PROVENANCE: "disabled",
    },
    cwd,
    input: given.input,
    mask: secrets.mask,
    silence,
    exportMs: request.cache?.timeoutMs ?? 0,
    emit: options.emit,
    signal: options.signal,
  };
  return { words, place: given.place, builder, execution };
}

/** Folders that programs are told by variables, so that they are the same ones from another working folder. */
function fromAnywhere(env: BuildxSetting["env"]): BuildxSetting["env"] {
  const folders = ["DOCKER_CONFIG", "BUILDX_CONFIG", "DOCKER_CERT_PATH"].flatMap((name) => {
    const value = env[name];
    return value ? [[name, resolve(value)] as const] : [];
  });
  return { ...env, ...Object.fromEntries(folders) };
}

/**
 * Builds with a cache. Where its export fails or takes too long, the build's result counts all the same: the build is asked for again
 * without the export, which BuildKit answers from what it has just done.
 */
async function withCache(
  cache: CacheWords,
  request: BuildRequest,
  { emit }: StepOptions,
  build: (words: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await build([...cache.from, ...cache.to]);
  const why = cache.to.length === 0 ? undefined : exportTrouble(outcome, request);
  if (why === undefined) {
    const kept = outcome.exitCode === 0 ? cache.keep() : Promise.resolve();
    await kept.catch((thrown: unknown) => emit(exportFailed(toFailure(thrown).message)));
    return outcome;
  }
  emit(exportFailed(why));
  if (outcome.exitCode === 0) return outcome;
  const again = await build(cache.from);
  // The first one did the work.
  const { steps, cached } = outcome.steps > 0 ? outcome : again;
  return { ...again, steps, cached };
}

/** Why the cache was not exported; undefined where it was, or where the build itself failed. */
function exportTrouble({ ended, cacheExport, failed, rest }: Outcome, { cache }: BuildRequest): string | undefined {
  if (ended?.by === "export") return `its export took longer than ${formatMs(cache?.timeoutMs ?? 0)}`;
  const said = [failed?.error ?? "", ...rest];
  return cacheExport?.error ?? (exportRefused(said) ? said.find((text) => exportRefused([text])) : undefined);
}

async function throughDocker(
  build: (output: readonly string[]) => Promise<Outcome>,
  begun: number,
  request: BuildRequest,
  into: Store,
  setting: BuildxSetting,
  options: StepOptions,
): Promise<Built> {
  const name = `waybill-build:${randomUUID()}`;
  try {
    const outcome = await build(["--load", `--tag=${name}`]);
    if (outcome.exitCode !== 0) throw buildFailed(request.dockerfile, outcome);
    return told(outcome, begun, { content: await fromDocker(name, into, setting, options.signal), bases: [] }, options);
  } finally {
    await removeFromDocker(name, setting);
  }
}

/** Says how much a cache had, and how long it took. */
function told({ steps, cached, cacheExport }: Outcome, begun: number, built: Built, { emit }: StepOptions): Built {
  const stats: BuildStats = { steps, cached, ms: Math.round(performance.now() - begun), cacheExportMs: cacheExport?.ms };
  const exported = stats.cacheExportMs === undefined ? "" : `; the cache was exported in ${formatMs(stats.cacheExportMs)}`;
  emit({ kind: "message", level: "info", text: `built in ${formatMs(stats.ms)}, ${cached} of ${steps} steps from a cache${exported}` });
  return { ...built, stats };
}
