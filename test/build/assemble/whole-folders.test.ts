import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { noChanges } from "../../../src/build/assemble/changes.ts";
import { contextFs } from "../../../src/build/assemble/context.ts";
import { entriesOf } from "../../../src/build/assemble/layer-entries.ts";
import { type Node, type RootFs, rootFs, type Subtree } from "../../../src/build/assemble/rootfs.ts";
import { Failure } from "../../../src/failure/index.ts";
import { assemble } from "../../support/built.ts";
import { aContext, type ContextFiles } from "../../support/context.ts";

/** Names among which are some that come before and after a slash in code unit order. */
const name = fc.constantFrom("a", "a-b", "a.b", "a0", "b", "é");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const paths = fc.uniqueArray(path, { maxLength: 12 });

/** Files at paths of which none is below another. */
function filesAt(all: readonly string[]): ContextFiles {
  return Object.fromEntries(
    all
      .filter((one) => !all.some((other) => other.startsWith(`${one}/`)))
      .map((one, at) => [`src/${one}`, at % 5 === 4 ? { link: "a" } : `${at}`]),
  );
}

/** How nodes look, without what they are read by. */
function shown(node: Node | undefined): object | undefined {
  if (node === undefined) return undefined;
  const { mode, uid, gid } = node;
  return { kind: node.kind, mode, uid, gid, ...(node.kind === "file" ? { size: node.size } : {}) };
}

/** A file system with files below a directory: as a subtree, and node by node. */
async function both(dir: string, all: readonly string[]): Promise<readonly [RootFs, RootFs]> {
  const found = (await contextFs(aContext(filesAt(all)), undefined)).below?.("src");
  assert.ok(found);
  const [whole, single] = [rootFs(), rootFs()];
  for (const fs of [whole, single]) if (dir !== "") fs.set(dir, { kind: "directory", mode: 0o755, uid: 0, gid: 0 });
  whole.graft(dir, found);
  for (const [rest, node] of found.nodes()) single.set(dir === "" ? rest : `${dir}/${rest}`, node);
  return [whole, single];
}

/** Everything that can be reached from the root. */
function walked(fs: RootFs, dir = ""): readonly (readonly [string, object | undefined])[] {
  return fs.children(dir).flatMap((one) => {
    const at = dir === "" ? one : `${dir}/${one}`;
    return [[at, shown(fs.get(at))] as const, ...walked(fs, at)];
  });
}

suite("a folder that is copied as it stands", () => {
  test("is the same file system as one that is copied node by node, whatever becomes of it", async () => {
    const step = fc.record({ at: path, does: fc.constantFrom("set", "remove", "children", "fork") });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("", "a", "x"), paths, fc.array(step, { maxLength: 8 }), async (dir, all, steps) => {
        let [whole, single] = await both(dir, all);
        for (const { at, does } of steps) {
          const place = dir === "x" ? `x/${at}` : at;
          assert.deepEqual(shown(whole.get(place)), shown(single.get(place)), place);
          if (does === "children") assert.deepEqual(whole.children(place), single.children(place), place);
          if (does === "fork") {
            const before = walked(single);
            const [one, other] = [whole.fork(), single.fork()];
            for (const fs of [whole, single]) fs.remove("");
            [whole, single] = [one, other];
            assert.deepEqual(walked(whole.fork()), before);
          }
          if (does === "remove") for (const fs of [whole, single]) fs.remove(place);
          if (does === "set")
            for (const fs of [whole, single]) fs.set(place, { kind: "symlink", target: "/", mode: 0o777, uid: 1, gid: 2 });
        }
        assert.deepEqual(walked(whole), walked(single));
      }),
    );
  });

  test("gives the same layer as one that is walked, with owner and mode, into whatever is there", async () => {
    const flags = fc.constantFrom("", "--chown=1:2 ", "--chmod=0700 ", "--chmod=u+x ", "--chown=3 --chmod=a-w ");
    const befores = fc.constantFrom("", "WORKDIR /w\n", "COPY keep /w/a\n", "COPY keep /a-b\n", "COPY src /x\n", "COPY src /w\n");
    const places = fc.constantFrom("/", ".", "/w", "/w/", "/x", "/a", "/w/a/deep");
    const afters = fc.constantFrom("", "COPY keep /w/\n", "COPY src /w\n", "COPY keep /x/a\n", "WORKDIR /w/a/b\n");
    const build = (dockerfile: string, all: readonly string[]) =>
      assemble(dockerfile, { files: { keep: "kept", ...filesAt(all) } }).then(
        ({ manifest }) => manifest.layers.map(({ digest }) => digest),
        (thrown: unknown) => (thrown instanceof Failure ? thrown.message.replaceAll("--exclude=none ", "") : Promise.reject(thrown)),
      );
    await fc.assert(
      fc.asyncProperty(paths, befores, flags, places, afters, async (all, before, flag, place, after) => {
        const dockerfile = (exclude: string): string => `FROM scratch\n${before}COPY ${exclude}${flag}src ${place}\n${after}`;
        // A pattern that matches nothing makes it a walk.
        assert.deepEqual(await build(dockerfile(""), all), await build(dockerfile("--exclude=none "), all));
      }),
      { numRuns: 100 },
    );
  });

  test("is copied from a stage, and stays what it was there when the next stage changes it", async () => {
    const files = { "src/a/b": "1", "src/c": "2", other: "3" };
    const dockerfile =
      "FROM scratch AS one\nCOPY src /s\nFROM one AS two\nCOPY other /s/c\nFROM scratch\nCOPY --from=one /s /one\nCOPY --from=two /s /two\n";
    const { files: found } = await assemble(dockerfile, { files });
    const text = (at: string) => found.get(at)?.content;
    assert.deepEqual(["one/a/b", "one/c", "two/a/b", "two/c"].map(text), ["1", "2", "1", "3"]);
  });

  test("is walked where a name in it is none that a layer may have, or a directory is missing", async () => {
    await assert.rejects(
      assemble("FROM scratch\nCOPY src /x\n", { files: { "src/a/.wh.b": "1" } }),
      /has a name that removes files in an image/,
    );
    const entries = ["src/a/b", "src/c"].map((one) => ({ kind: "file", path: one, mode: 0o644, size: 0 }) as const);
    const context = { description: "", entries: async () => entries, open: async () => assert.fail("nothing is read") };
    const fs = await contextFs(context, undefined);
    assert.equal(fs.below?.("src"), undefined);
    assert.ok(fs.below?.("src/a"));
  });

  test("stands in its layer where its paths belong", () => {
    const subtree: Subtree = {
      get: () => undefined,
      nodes: () => ["a", "b/c"].map((one) => [one, { kind: "directory", mode: 0o755, uid: 0, gid: 0 }] as const),
    };
    const changes = noChanges();
    for (const one of ["x", "x-", "x0", "w"]) changes.nodes.set(one, { kind: "directory", mode: 0o755, uid: 0, gid: 0 });
    changes.grafted = { dir: "x", subtree };
    assert.deepEqual(
      [...entriesOf(changes)].map((entry) => entry.path),
      ["w", "x", "x-", "x/a", "x/b/c", "x0"],
    );
  });
});
