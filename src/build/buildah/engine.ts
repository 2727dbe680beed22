import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";
import type { Store } from "../../store/index.ts";
import { withoutIgnored } from "../assemble/ignore.ts";
import { writeContext } from "../buildx/context.ts";
import { handSecrets } from "../buildx/secrets.ts";
import { usualSilence } from "../buildx/silence.ts";
import { heedingDisk } from "../disk.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import type { BuildCache, BuildRequest, Built, Engine, StepOptions } from "../engine.ts";
import { bringImages } from "./bases.ts";
import { type Execution, execute, type Outcome } from "./execute.ts";
import { buildFailed, resultFailed } from "./failed.ts";
import { buildahGaps } from "./gaps.ts";
import { namedImages } from "./names.ts";
import { absent, type BuildahSetting, findBuildah, idsMissing, isolationOf, type Lack, tooOld } from "./program.ts";
import { importPushed } from "./pushed.ts";
import { openStorage, type Storage } from "./storage.ts";
import { buildWords, cacheRepository, type WordsFor } from "./words.ts";

/**
 * The engine that has `buildah` build, for machines without a daemon. What it builds comes in Docker's format, since its OCI format
 * drops HEALTHCHECK and SHELL, and becomes an OCI image here.
 */
export function buildahEngine(setting: BuildahSetting): Engine {
  return heedingDisk({ name: "buildah", build: (request, into, options) => buildWith(setting, request, into, options) });
}

async function buildWith(setting: BuildahSetting, request: BuildRequest, into: Store, { emit, signal }: StepOptions): Promise<Built> {
  const began = performance.now();
  const version = await findBuildah(setting.env, signal);
  const lack = version === undefined ? absent : (tooOld(version) ?? (await idsMissing(setting.env, signal)));
  if (version === undefined || lack !== undefined) throw buildahMissing(lack ?? absent);
  const dockerfile = parseDockerfile(request.dockerfile);
  const [gap] = buildahGaps(dockerfile, version, isolationOf(setting.env));
  if (gap !== undefined)
    throw problem("ENGINE_UNFIT", { file: dockerfile.name, line: gap.line }, `buildah does not do ${gap.instruction}: ${gap.why}`, {
      hint: "Take a newer buildah, or --engine buildx.",
      text: gap.text,
    });
  const secrets = await handSecrets(request, setting.env);
  const named = await namedImages(request, dockerfile, signal);
  const cache = usableCache(request.cache, emit);
  await using storage = await openStorage(setting, cache?.type === "local" ? join(cache.dir, "buildah") : undefined, signal);
  const { images, layers } = await bringImages(named, dockerfile, storage, signal);
  const context = await contextIn(request, storage, signal);
  const idFile = join(storage.scratch, "id");
  const words: WordsFor = {
    ...context,
    policy: storage.policy,
    idFile,
    isolation: isolationOf(setting.env),
    // On vfs each layer is a copy of all files below it.
    layers: storage.driver !== "vfs" || cache !== undefined,
    images,
    secrets: secrets.words,
    cache: cacheRepository(cache),
  };
  const execution: Execution = {
    env: storage.env,
    cwd: setting.tempDir,
    mask: (text) => readable(secrets.mask(text), images),
    silence: setting.silence ?? usualSilence,
    exportMs: cache?.timeoutMs,
    emit,
    signal,
  };
  const outcome = await built(request, words, storage, execution);
  const content = await pushed({ idFile, storage, into, layers, outcome, execution, dockerfile: request.dockerfile });
  storage.done();
  const { steps, cached } = outcome;
  return { content, bases: named.map(({ base }) => base), stats: { steps, cached, ms: performance.now() - began } };
}

/** Text with the names that the Dockerfile has for images, in the place of those that they have in the storage. */
function readable(text: string, images: Readonly<Record<string, string>>): string {
  return Object.entries(images).reduce((shown, [name, stored]) => shown.replaceAll(stored, name), text);
}

/** That no buildah that works is here, and what to do. */
function buildahMissing({ why, hint }: Lack): Failure {
  return new Failure("ENGINE_MISSING", `buildah was to build, and ${why}`, { hint });
}

function usableCache(cache: BuildCache | undefined, emit: Emit): BuildCache | undefined {
  if (cache?.type !== "gha") return cache?.type === "none" ? undefined : cache;
  emit({
    kind: "message",
    level: "warning",
    text: "the build cache is left: buildah has none in GitHub's cache",
    hint: "Take build.cache type registry or local.",
  });
  return undefined;
}

async function contextIn(request: BuildRequest, { scratch }: Storage, signal: AbortSignal | undefined) {
  const entries = withoutIgnored(await request.context.entries(), request.dockerfile.ignore);
  const { dockerfile, place } = await writeContext(entries, request, scratch, signal);
  return { dockerfile, ignore: `${dockerfile}.dockerignore`, context: place };
}

/** What buildah says when it is the cache that failed. */
const cacheFailed = /failed (?:while )?(?:pushing|pulling) cache/i;

/** Why the cache made a build fail; undefined where it did not. */
function cacheFailure({ exitCode, error, rest, exportedLate }: Outcome): string | undefined {
  if (exportedLate) return "its export took too long";
  const said = [error ?? "", ...rest].find((text) => cacheFailed.test(text));
  return exitCode === 0 ? undefined : said;
}

/** Builds; once more without the cache in a registry where it was that which failed. */
async function built(request: BuildRequest, given: WordsFor, { words }: Storage, execution: Execution): Promise<Outcome> {
  const attempt = async (wanted: WordsFor): Promise<Outcome> => await execute([...words, ...buildWords(request, wanted)], execution);
  let outcome = await attempt(given);
  const why = given.cache === undefined ? undefined : cacheFailure(outcome);
  if (why !== undefined) {
    execution.emit({
      kind: "message",
      level: "warning",
      text: `the build cache is left: ${why}`,
      hint: "Buildah signs in as buildah login did (REGISTRY_AUTH_FILE); a cache needs tags that may move.",
    });
    outcome = await attempt({ ...given, cache: undefined });
  }
  if (outcome.exitCode !== 0 || outcome.silentFor !== undefined) throw buildFailed(request.dockerfile, outcome);
  return outcome;
}

interface Result {
  readonly idFile: string;
  readonly storage: Storage;
  readonly into: Store;
  readonly layers: Parameters<typeof importPushed>[0]["known"];
  readonly outcome: Outcome;
  readonly execution: Execution;
  readonly dockerfile: BuildRequest["dockerfile"];
}

/** Has buildah write what it built, and brings that into the store. */
async function pushed({ idFile, storage, into, layers, outcome, execution, dockerfile }: Result): ReturnType<typeof importPushed> {
  const { words, policy, scratch } = storage;
  const dir = join(scratch, "pushed");
  let said: Pick<Outcome, "rest"> = outcome;
  try {
    const id = await imageId(idFile);
    const push = ["push", "--quiet", "--format=v2s2", "--disable-compression", `--signature-policy=${policy}`, id, `dir:${dir}`];
    const pushing = await execute([...words, ...push], execution);
    if (pushing.exitCode !== 0 || pushing.silentFor !== undefined) throw buildFailed(dockerfile, pushing);
    said = pushing.rest.length > 0 ? pushing : outcome;
    return await importPushed({ dir, known: layers, file: join(scratch, "layer.gz"), signal: execution.signal }, into);
  } catch (thrown) {
    throw resultFailed(thrown, said);
  }
}

async function imageId(file: string): Promise<string> {
  const text = (await readFile(file, "utf8")).trim();
  const [, id] = /^sha256:([0-9a-f]{64})$/.exec(text) ?? [];
  if (id === undefined) throw new Failure("IMAGE_INVALID", "it named no image");
  return id;
}
