import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { assemble, listing } from "../../support/built.ts";
import type { ContextFiles } from "../../support/context.ts";

const files: ContextFiles = {
  "a/one.txt": "one",
  "a/b": { directory: true, mode: 0o750 },
  "a/b/two.txt": "two",
  "a/b/three.md": "three",
  "c/b/four.txt": "four",
  "top.txt": "top",
  link: { link: "a" },
};

const built = async (body: string) => listing((await assemble(`FROM scratch\n${body}\n`, { files })).files);

suite("COPY --parents", () => {
  test("keeps the folders that a source stands in, with their modes", async () => {
    assert.deepEqual(await built("COPY --parents a/b/two.txt top.txt /x/"), {
      x: "dir",
      "x/a": "dir",
      "x/a/b": "dir 750",
      "x/a/b/two.txt": "file two",
      "x/top.txt": "file top",
    });
  });

  test("keeps those behind the pivot point only", async () => {
    assert.deepEqual(await built("COPY --parents a/./b/two.txt ./c/./b /x/"), {
      x: "dir",
      "x/b": "dir",
      "x/b/four.txt": "file four",
      "x/b/two.txt": "file two",
    });
  });

  test("takes patterns, across folders too, and leaves out what is excluded", async () => {
    assert.deepEqual(Object.keys(await built("COPY --parents --exclude=c **/*.txt /x/")), [
      "x",
      "x/a",
      "x/a/b",
      "x/a/b/two.txt",
      "x/a/one.txt",
      "x/top.txt",
    ]);
    const below = Object.keys(await built("COPY --parents [ac]/./b /x/"));
    assert.deepEqual(below, ["x", "x/b", "x/b/four.txt", "x/b/three.md", "x/b/two.txt"]);
  });

  test("keeps a link a link, wherever it leads", async () => {
    assert.deepEqual(await built("COPY --parents link /x/"), { x: "dir", "x/link": "-> a" });
  });

  test("gives the folders the owner and the mode that are asked for", async () => {
    assert.deepEqual(await built("COPY --parents --chown=1:2 --chmod=g+w a/one.txt /x/"), {
      x: "dir 1:2",
      "x/a": "dir 775 1:2",
      "x/a/one.txt": "file 664 1:2 one",
    });
  });

  test("refuses what is not there, and what names nothing in a folder", async () => {
    const cases: readonly (readonly [source: string, message: RegExp])[] = [
      ["a/none", /the context has no a\/none/],
      [".", /names nothing in a folder/],
    ];
    for (const [source, message] of cases) {
      await assert.rejects(
        built(`COPY --parents ${source} /x/`),
        (thrown) => thrown instanceof Failure && thrown.code === "CONTEXT_INVALID" && message.test(thrown.message),
        source,
      );
    }
    assert.deepEqual(await built("COPY --parents none*/./x /x/\nCOPY top.txt /"), { "top.txt": "file top" });
  });
});

suite("COPY --link", () => {
  test("lays files over what is there, following no link", async () => {
    assert.deepEqual(await built("COPY link /d/\nCOPY --link top.txt /d/b/\nCOPY --link a/one.txt /d"), { d: "file one" });
  });

  test("takes no names, for it knows none", async () => {
    await assert.rejects(
      built("COPY --link --chown=app top.txt /"),
      (thrown) => thrown instanceof Failure && thrown.code === "DOCKERFILE_INVALID" && /numbers/.test(thrown.hint ?? ""),
    );
  });
});
