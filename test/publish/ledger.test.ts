import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTag } from "../../src/oci/index.ts";
import { seededNumbers } from "../support/seeded.ts";
import { type ModelCommit, type Trouble, World } from "./ledger-world.ts";

const runs = Number(process.env["WAYBILL_LEDGER_RUNS"] || 300);

/** Commits on main and beside it; a merge brings a side branch's commit to main. */
const histories = fc.array(
  fc.record({ kind: fc.constantFrom("main", "main", "main", "side", "merge"), content: fc.integer({ min: -1, max: 2 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
);
const troubles: fc.Arbitrary<Trouble> = fc.record({
  faultEvery: fc.constantFrom(0, 0, 40, 10),
  crashAfter: fc.option(fc.integer({ min: 0, max: 90 }), { nil: undefined }),
});
const ledger = fc.record({
  history: histories,
  destinations: fc.integer({ min: 1, max: 3 }),
  /** Publishers at once: which commit each publishes, and what goes wrong for it. */
  waves: fc.array(fc.array(fc.record({ commit: fc.nat(5), trouble: troubles }), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  }),
  noisy: fc.boolean(),
  /** Nothing goes wrong but the order of things. */
  calm: fc.boolean(),
  seed: fc.integer(),
});

function commitsOf(history: readonly { readonly kind: string; readonly content: number }[]): readonly ModelCommit[] {
  const commits: ModelCommit[] = [];
  let main: number | undefined;
  let side: number | undefined;
  for (const [index, { kind, content }] of history.entries()) {
    const beside = kind === "side";
    const parents = beside ? [side ?? main] : kind === "merge" ? [main, side] : [main];
    commits.push({ sha: `${index}`.repeat(39) + (beside ? "b" : "a"), parents: parents.filter((parent) => parent !== undefined), content });
    if (beside) side = index;
    else main = index;
    if (kind === "merge") side = undefined;
  }
  return commits;
}

test(`The ledger holds over ${runs} histories of publishers at once, faults and crashes`, { timeout: 3_600_000 }, async () => {
  let reused = 0;
  await fc.assert(
    fc.asyncProperty(ledger, async ({ history, destinations, waves, noisy, calm, seed }) => {
      const commits = commitsOf(history);
      const world = new World(commits, destinations, noisy, seededNumbers(seed));
      const published = new Set<number>();
      /** Commits that main did not have when they were published. */
      const beside = new Set<string | undefined>();
      for (const [at, wave] of waves.entries()) {
        // The branch grows while commits are published.
        world.pushed = Math.max(1, Math.ceil((commits.length * (at + 1)) / waves.length));
        await world.together(
          wave.map(({ commit, trouble }) => async () => {
            const index = commit % world.pushed;
            published.add(index);
            if (!world.main().includes(commits[index]?.sha ?? "")) beside.add(commits[index]?.sha);
            await world.publish(index, calm ? undefined : trouble);
          }),
        );
      }
      world.pushed = commits.length;
      const isGood = (index: number): boolean => (commits[index]?.content ?? 0) >= 0;
      const latestIsNewest = async (when: string): Promise<void> => {
        const shas = new Set([...published].filter(isGood).map((index) => commits[index]?.sha));
        const newest = world.main().find((sha) => shas.has(sha));
        for (const place of world.places) {
          const holds = await place.resolve(parseTag("latest"));
          assert.equal(await world.revisionOf(place, holds?.digest), newest, `latest at ${place.name} ${when}`);
        }
      };
      // What main got only after it was published is found by the next run.
      if (calm && !world.main().some((sha) => beside.has(sha))) await latestIsNewest("before anything was run again");
      const random = seededNumbers(seed + 1);
      const again = [...published].sort(() => random() - 0.5);
      for (const index of again) {
        await world.together([
          async () => {
            const { failure, image } = await world.publish(index);
            if (image?.reused !== undefined) reused += 1;
            const fails = (commits[index]?.content ?? 0) < 0;
            assert.equal(failure?.code, fails ? "CHECK_FAILED" : undefined, failure?.message);
          },
        ]);
      }
      assert.deepEqual(world.wrongs, []);
      for (const index of [...published].filter(isGood)) {
        const tag = parseTag(commits[index]?.sha ?? "");
        const digests = await Promise.all(world.places.map(async (place) => (await place.resolve(tag))?.digest));
        assert.equal(new Set(digests).size, 1, `${tag}: ${digests.join(", ")}`);
        assert.ok(digests[0] !== undefined, `${tag} is missing`);
      }
      await latestIsNewest("in the end");
    }),
    { numRuns: runs },
  );
  assert.ok(runs < 100 || reused > 0, "no content was ever reused: the test shows less than it should");
});
