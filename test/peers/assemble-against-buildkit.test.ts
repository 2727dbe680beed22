import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../src/failure/index.ts";
import type { Descriptor, ImageConfig } from "../../src/oci/index.ts";
import { parseTag } from "../../src/oci/index.ts";
import { type RunResult, run } from "../../src/process/index.ts";
import { openLayout, type Store } from "../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../support/base-image.ts";
import { assemble, linkedNames, type ReadImage, readImage } from "../support/built.ts";
import type { ContextFiles } from "../support/context.ts";
import { aFolder } from "../support/folder.ts";
import { laxArchives } from "./support/archive-cases.ts";
import { type AssembleCase, assembleCases, baseConfig, baseLayers, refusedCases } from "./support/assemble-cases.ts";
import { laxer, stricter, unlikeFields, unlikeFiles } from "./support/assemble-differences.ts";
import { generatedCase } from "./support/assemble-generated.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { brokenLayers, laxLinks, linkedLayers } from "./support/hard-link-cases.ts";
import { generatedLinks } from "./support/hard-link-generated.ts";
import { peerProgram } from "./support/programs.ts";

/** How many builds are made up, and from which number on. */
const runs = Number(process.env["WAYBILL_DIFFERENTIAL_RUNS"] ?? 60);
const firstSeed = Number(process.env["WAYBILL_DIFFERENTIAL_SEED"] ?? 1);

suite("assemble and BuildKit", { concurrency: 3 }, () => {
  let stack: AsyncDisposableStack;
  let address: string;
  let dir: string;
  let bases: Store;
  let images: Readonly<Record<string, Descriptor>>;

  before(async () => {
    stack = new AsyncDisposableStack();
    dir = stack.use(await aFolder()).path;
    address = stack.use(await aBuildkitd()).address;
    bases = await openLayout(join(dir, "bases"), { create: true, durable: false });
    images = {
      base: await aBaseImage(bases, { layers: baseLayers, config: baseConfig, tag: "base" }),
      bare: await aBaseImage(bases, { layers: [[{ name: "bare", content: "bare" }]], tag: "bare" }),
      docker: await aBaseImage(bases, {
        layers: baseLayers,
        config: { Cmd: ["x"], Shell: ["/bin/x"], Healthcheck: { Test: ["NONE"] } },
        docker: true,
        tag: "docker",
      }),
    };
    for (const [name, layers] of Object.entries({ linked: linkedLayers, ...brokenLayers }))
      images = { ...images, [name]: await aBaseImage(bases, { layers, tag: name }) };
  });
  after(async () => await stack[Symbol.asyncDispose]());

  for (const [index, one] of assembleCases.entries()) {
    test(`build the same: ${one.name}`, { timeout: 60_000 }, async () => {
      const files = filesOf(one);
      const ours = await assemble(one.dockerfile, { ...one, files, images: imagesOf(bases, images) });
      const theirs = await buildkit(one, files, join(dir, `${index}`));
      const found = differences(tree(ours), tree(theirs));
      const [meant, others] = [true, false].map((wanted) =>
        found.filter((path) => (one.differs?.paths.test(path.split(":", 1)[0] ?? "") ?? false) === wanted),
      );
      assert.deepEqual(others, []);
      assert.equal(meant?.length !== 0, one.differs !== undefined, "BuildKit has come to agree: take it off the list");
      assert.deepEqual(differences(settings(ours.config), settings(theirs.config)), []);
      assert.equal(layersOf(ours.config), ours.manifest.layers.length, "history says which instructions made layers");
    });
  }

  const madeUp = Array.from({ length: runs }, (_, at) => firstSeed + at);
  for (const [seed, make] of [
    ...madeUp.map((seed) => [seed, generatedCase] as const),
    ...madeUp.slice(0, Math.ceil(runs / 3)).map((seed) => [seed, generatedLinks] as const),
  ]) {
    test(`build or refuse the same: ${make === generatedLinks ? "hard links " : ""}made up from ${seed}`, { timeout: 60_000 }, async () => {
      const one = await make(seed);
      const files = filesOf(one);
      const ours = await assemble(one.dockerfile, { ...one, files, images: imagesOf(bases, images) }).catch((thrown: unknown) => thrown);
      if (!(ours instanceof Error)) {
        const result = await buildctl(one, files, join(dir, one.name));
        if (result.exitCode !== 0 && laxer.some(({ message, cause }) => message.test(result.stderr) && cause.test(one.dockerfile))) return;
        assert.equal(result.exitCode, 0, result.stderr);
        const theirs = await builtAt(join(dir, one.name));
        const found = differences(tree(ours as ReadImage), tree(theirs)).filter(
          (line) => !excludedOnlyHere(line, one.dockerfile) && !(make === generatedCase && copiedOverItself(line, one.dockerfile)),
        );
        assert.deepEqual(found, [], one.dockerfile);
        assert.deepEqual(differences(settings((ours as ReadImage).config), settings(theirs.config)), [], one.dockerfile);
        return;
      }
      assert.ok(ours instanceof Failure, String(ours));
      if (stricter.some(({ message }) => message.test(ours.message))) return;
      const { exitCode } = await buildctl(one, files, join(dir, one.name));
      assert.equal(exitCode, 1, `only assemble refuses: ${ours.message}\n${one.dockerfile}`);
    });
  }

  for (const [index, one] of refusedCases.entries()) {
    test(`${one.stricter === undefined ? "refuse both" : "differ, as only assemble refuses"}: ${one.name}`, {
      timeout: 60_000,
    }, async () => {
      const files = filesOf(one);
      await assert.rejects(assemble(one.dockerfile, { ...one, files, images: imagesOf(bases, images) }), Failure);
      const { exitCode } = await buildctl(one, files, join(dir, `refused-${index}`));
      assert.equal(exitCode, one.stricter === undefined ? 1 : 0);
    });
  }

  for (const [index, one] of [...laxArchives, ...laxLinks].entries()) {
    test(`differ, as only BuildKit refuses: ${one.name}`, { timeout: 60_000 }, async () => {
      const files = filesOf(one);
      await assemble(one.dockerfile, { ...one, files, images: imagesOf(bases, images) });
      const { exitCode, stderr } = await buildctl(one, files, join(dir, `lax-${index}`));
      assert.equal(exitCode, 1);
      assert.ok(
        laxer.some(({ message }) => message.test(stderr)),
        stderr,
      );
    });
  }

  /** Builds a case with BuildKit, and reads what it wrote. */
  async function buildkit(one: AssembleCase, files: ContextFiles, folder: string): Promise<ReadImage> {
    const result = await buildctl(one, files, folder);
    assert.equal(result.exitCode, 0, result.stderr);
    return await builtAt(folder);
  }

  /** Reads what BuildKit wrote. */
  async function builtAt(folder: string): Promise<ReadImage> {
    const store = await openLayout(join(folder, "out"));
    return await readImage(store, (await store.resolve(parseTag("latest"))) ?? assert.fail("BuildKit wrote no image"));
  }

  /** Runs buildctl for a case, from files on disk. */
  async function buildctl(one: AssembleCase, files: ContextFiles, folder: string): Promise<RunResult> {
    const context = join(folder, "context");
    await writeFiles(context, files);
    await mkdir(join(folder, "dockerfile"), { recursive: true });
    await writeFile(join(folder, "dockerfile/Dockerfile"), one.dockerfile);
    return await run(peerProgram("buildctl"), [
      "--addr",
      address,
      "build",
      "--progress=plain",
      "--frontend=dockerfile.v0",
      `--local=context=${context}`,
      `--local=dockerfile=${folder}/dockerfile`,
      `--oci-layout=bases=${join(dir, "bases")}`,
      ...Object.entries(images).map(([name, { digest }]) => `--opt=context:${name}=oci-layout://bases@${digest}`),
      "--opt=platform=linux/amd64",
      ...Object.entries(one.args ?? {}).map(([name, value]) => `--opt=build-arg:${name}=${value}`),
      ...(one.target === undefined ? [] : [`--opt=target=${one.target}`]),
      `--output=type=oci,dest=${folder}/out,tar=false,name=out:latest`,
    ]);
  }
});

function filesOf({ files, ignore }: AssembleCase): ContextFiles {
  return { ...files, ...(ignore === undefined ? {} : { ".dockerignore": ignore }) };
}

type Compared = Readonly<Record<string, unknown>>;

function differences(ours: Compared, theirs: Compared): readonly string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return names
    .filter((name) => !isDeepStrictEqual(ours[name], theirs[name]))
    .map((name) => `${name}: ${JSON.stringify(ours[name])}, BuildKit ${JSON.stringify(theirs[name])}`);
}

/** What is compared of a file system; of a file with several names also what they are. */
function tree({ files }: ReadImage): Compared {
  const names = new Map(linkedNames(files).flatMap((all) => all.map((one) => [one, all] as const)));
  return Object.fromEntries(
    [...files].map(([path, { content = "", mode, ...file }]) => [
      path,
      {
        names: names.get(path),
        ...Object.fromEntries(Object.entries(file).filter(([name]) => !(name in unlikeFiles))),
        mode: mode.toString(8),
        content: content.slice(0, 99),
      },
    ]),
  );
}

/**
 * Whether a difference is one of `--exclude` of what a source itself names: the Dockerfile reference has it left out, BuildKit 0.34
 * leaves out only what is below a source.
 */
function excludedOnlyHere(line: string, dockerfile: string): boolean {
  const [, path = ""] = /^(.+?): (?:undefined|\{.*\}), BuildKit \{"type":"(?:file|symlink)"/.exec(line) ?? [];
  const name = path.split("/").at(-1) ?? "";
  // A file may be renamed on its way.
  if (path !== "" && dockerfile.split("\n").some((one) => one.includes("--exclude=") && one.endsWith(` /${path}`))) return true;
  const patterns: Readonly<Record<string, RegExp>> = { "*.txt": /\.txt$/, "**/*.md": /\.md$/, sub: /^sub$/, "**/a": /^a$/ };
  return path !== "" && Object.entries(patterns).some(([pattern, one]) => dockerfile.includes(`--exclude=${pattern} `) && one.test(name));
}

/**
 * Whether a difference is in nothing but which names a file has, and may come of a file that is copied over itself: BuildKit leaves it out
 * of the layer, so that it keeps its other names.
 */
function copiedOverItself(line: string, dockerfile: string): boolean {
  return dockerfile.includes("--from=") && /^.+?: (\{.*\}), BuildKit \1$/.test(line.replace(/"names":\[[^\]]*\],/g, ""));
}

/** How many layers the history tells of. */
function layersOf({ history = [] }: ImageConfig): number {
  return history.filter((entry) => entry.empty_layer !== true).length;
}

function settings({ config = {}, author }: ImageConfig): Compared {
  const compared = Object.entries(config).filter(([name, value]) => !(name in unlikeFields) && value !== null);
  return { ...Object.fromEntries(compared.sort(([a], [b]) => (a < b ? -1 : 1))), author };
}

async function writeFiles(folder: string, files: ContextFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, file] of Object.entries(files)) {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    if (typeof file === "string" || file instanceof Uint8Array) await writeFile(full, file);
    else if ("link" in file) await symlink(file.link, full);
    else if ("directory" in file) await mkdir(full, { recursive: true });
    else await writeFile(full, file.content);
    const mode = typeof file === "string" || file instanceof Uint8Array || "link" in file ? undefined : file.mode;
    if (mode !== undefined) await chmod(full, mode);
  }
}
