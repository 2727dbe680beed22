import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { assembleEngine, type BuildContext, contentKey } from "../../../src/build/index.ts";
import { generatedFiles, openRepository, overlay, type Repository } from "../../../src/git/index.ts";
import { digestOf } from "../../../src/oci/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { listing, readImage } from "../../support/built.ts";
import { aBuildRequest } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";
import { aRepository } from "../../support/git-repository.ts";
import { dockerfiles, growHistory, makeGenerated } from "../../support/random-history.ts";
import { seededNumbers } from "../../support/seeded.ts";

/** How many histories are made up, and from which number on. */
const runs = Number(process.env["WAYBILL_HISTORY_RUNS"] || dockerfiles.length);
const firstSeed = Number(process.env["WAYBILL_HISTORY_SEED"] || 1);
const commits = 8;

/** What a configuration may give: the key holds what of it is used. */
const given: readonly Readonly<Record<string, string>>[] = [{ DIR: "tools" }, { WHICH: "two" }, { TARGETARCH: "mine" }];
/** Ends that a build may have where its commit, as it was made up, is none to build. */
const unbuildable = ["CONTEXT_INVALID", "DOCKERFILE_INVALID"];

interface Made {
  readonly key: string;
  /** What the image is for whoever runs it: files with owners and modes, and the configuration. */
  readonly content: string;
}

/** A commit's key, and its image, really built; undefined where it is none to build. */
async function made(repository: Repository, sha: string, context: BuildContext, args: Readonly<Record<string, string>>) {
  const text = async (path: string): Promise<string | undefined> => {
    const bytes = await repository.readFile(sha, path);
    return bytes && new TextDecoder().decode(bytes);
  };
  const ignore = (await text("Dockerfile.dockerignore")) ?? (await text(".dockerignore"));
  const request = aBuildRequest((await text("Dockerfile")) ?? "", { context, args, ...(ignore === undefined ? {} : { ignore }) });
  try {
    const { key } = await contentKey({ ...request, engine: "assemble gzip", stamped: [] });
    const store = memoryStore();
    const { content } = await assembleEngine().build(request, store, { emit: () => {} });
    const image = await readImage(store, content);
    return { key, content: digestOf(JSON.stringify([listing(image.files), image.config.config, image.config.history])) } satisfies Made;
  } catch (thrown) {
    if (unbuildable.includes((thrown as { readonly code?: string }).code ?? "")) return undefined;
    throw thrown;
  }
}

test("Commits with one key have one content, and commits with other content have other keys", { timeout: 3_600_000 }, async (context) => {
  const [acts, counted] = [new Map<string, number>(), { built: 0, refused: 0, shared: 0, distinct: 0, generated: 0 }];
  await using folder = await aFolder();
  const checkout = join(folder.path, "checkout");
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const history = aRepository(seed % 3 === 0 ? { objectFormat: "sha256" } : {});
    try {
      for (const [act, times] of growHistory(history, seed, commits)) acts.set(act, (acts.get(act) ?? 0) + times);
      await using repository = await openRepository(history.dir, {});
      const random = seededNumbers(seed);
      const contents = new Map<string, string>();
      for (const sha of history.git("rev-list", "--all").split("\n")) {
        const committed = await repository.tree(sha, ".");
        const globs = makeGenerated(checkout, random);
        const generated = overlay(committed, await generatedFiles(checkout, globs));
        const args = given[Math.floor(random() * given.length)] ?? {};
        for (const [files, values] of [[committed, {}] as const, [committed, args] as const, [generated, {}] as const]) {
          const one = await made(repository, sha, files, values);
          counted[one === undefined ? "refused" : "built"] += 1;
          if (one === undefined) continue;
          if (files === generated) counted.generated += 1;
          const before = contents.get(one.key);
          if (before !== undefined) counted.shared += 1;
          assert.equal(before ?? one.content, one.content, `seed ${seed}: ${sha} has another content than a commit of its key`);
          contents.set(one.key, one.content);
        }
      }
      counted.distinct += contents.size;
    } finally {
      history.remove();
    }
  }
  context.diagnostic(`${JSON.stringify(counted)} of ${runs} histories; ${JSON.stringify(Object.fromEntries([...acts].sort()))}`);
  assert.ok(counted.shared >= runs && counted.generated >= runs, "hardly two commits shared a key: the test shows nothing");
  assert.ok(counted.distinct >= 2 * runs, "hardly two commits have different contents: the test shows nothing");
  assert.ok(counted.built > counted.refused, "hardly a commit can be built: the test shows nothing");
});
