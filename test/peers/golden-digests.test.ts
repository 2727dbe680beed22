import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { build } from "esbuild";
import { requireShim } from "../../scripts/build/bundle.ts";
import { aFolder } from "../support/folder.ts";
import { otherNodes } from "./support/nodes.ts";
import { must } from "./support/run.ts";

const diffIds = [
  "sha256:eda30d035902a674ddb3ca7f1657f7d7c151056d80ff9181336b1d38571faeda",
  "sha256:964684ea4cdde31402f614f7a50df3a76a16b07aa35652b8301ea69f9e4adc81",
];

/** What docs/digests.md promises. Other bytes with another zlib or zstd are to be written down there; other diff_ids or keys are a defect. */
const golden: readonly Readonly<Record<string, unknown>>[] = [
  {
    compression: "gzip",
    key: "sha256:f3c6279ec39f48535c8a517a3856c2c831244d5cf15082f575c3db4cd8e80a8e",
    image: "sha256:bc89894b94e1fe35e4636c9578827ca828b20bd66c44a6320153f2c09805c8e6",
    layers: [
      "sha256:44d101930f514294f82f7096711565f1e62a5f2512d36b75e7a50c45270bdff2",
      "sha256:08bd7c5fa5f9f449a629218f0ce11f2a2535b725dc6c1ab65a3901e7820acaa1",
    ],
    diffIds,
  },
  {
    compression: "zstd",
    key: "sha256:813e4a6ac4cc1d762add249a12612f7e3d5a1712e11e0f20f842cdda09be0abd",
    image: "sha256:33c66dcc3c6b768b55388f628d0975a202f8432411a5922e0b3eabb3e5b884ee",
    layers: [
      "sha256:9725e879c2b9a6bb2d20d192f8011617eaa793d2087ea0bb0a38dde41557c245",
      "sha256:8a8ffbd3276c1a854eef32066b897d5a5d06575ddf2921915930e82631f9c62e",
    ],
    diffIds,
  },
];

suite("The digests of an image that assemble builds", { concurrency: 2 }, () => {
  let stack: AsyncDisposableStack;
  let program: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    program = join(stack.use(await aFolder()).path, "golden.js");
    await build({
      entryPoints: [join(import.meta.dirname, "support/golden.ts")],
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node22.22",
      mainFields: ["module", "main"],
      banner: { js: requireShim },
    });
  });
  after(async () => await stack[Symbol.asyncDispose]());

  for (const { name, words } of [{ name: "this Node", words: [process.execPath] as const }, ...otherNodes()]) {
    test(`are the promised ones with ${name}`, { timeout: 600_000 }, async () => {
      const [node, ...before] = words;
      const printed = await must(node, [...before, program], { env: { NODE_OPTIONS: undefined, NODE_COMPILE_CACHE: undefined } });
      const found = printed
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
      assert.deepEqual(found, golden);
    });
  }
});
