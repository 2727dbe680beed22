import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { openRepository, type Repository } from "../../src/git/index.ts";
import { aClone, aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** How many pairs of commits are made up, and from which number on; fast-check says both of what fails. */
const numRuns = Number(process.env["WAYBILL_FUZZ_RUNS"] ?? 60);
const seed = Number(process.env["WAYBILL_FUZZ_SEED"] ?? 1);

/** Runs git with input, and gives the bytes that it printed. */
const feed = ({ dir }: TestRepository, argv: readonly string[], input: string | Buffer): Buffer =>
  execFileSync("git", argv, { cwd: dir, input, stdio: ["pipe", "pipe", "inherit"] });
/** Makes a commit of a tree. */
const commitTree = (repository: TestRepository, tree: string): string =>
  repository.git("-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "made", tree);
/** Makes a commit of a tree object, however odd that is. */
const commitBytes = (repository: TestRepository, bytes: Buffer): string =>
  commitTree(repository, feed(repository, ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], bytes).toString().trim());
const removeObject = ({ dir }: TestRepository, id: string): void => rmSync(join(dir, ".git/objects", id.slice(0, 2), id.slice(2)));

/** The paths that a comparison asks about, sorted, and its answer where none counts. */
async function asked(repository: Repository, one: string, other: string, dir = "."): Promise<readonly [boolean | undefined, ...string[]]> {
  const paths: string[] = [];
  const answer = await repository.differs(one, other, dir, (path) => {
    paths.push(path);
    return false;
  });
  return [answer, ...paths.sort()];
}
const all = () => true;

suite("whether commits differ in what counts", () => {
  test("is told by the paths that differ: contents, modes, links, and what one of them has alone", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ "docs/a": "1", "src/a": "1", "src/deep/b": "1", "src/run": "1", same: "1", link: { symlink: "same" } });
    repository.git("update-index", "--chmod=+x", "src/run");
    repository.git("rm", "--quiet", "--cached", "link");
    repository.git("commit", "--quiet", "-m", "modes");
    repository.git("checkout", "--quiet", "--force", "HEAD");
    rmSync(join(repository.dir, "link"));
    const other = repository.commit({ "docs/a": "2", "src/deep/new/c": "1", link: "same" });
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await asked(opened, one, other), [false, "docs/a", "link", "src/deep/new/c", "src/run"]);
    assert.deepEqual(await asked(opened, other, one), [false, "docs/a", "link", "src/deep/new/c", "src/run"]);
    assert.deepEqual(await asked(opened, one, other, "src"), [false, "deep/new/c", "run"]);
    for (const dir of ["./src/deep/", "src//deep", "/src/./deep"]) assert.deepEqual(await asked(opened, one, other, dir), [false, "new/c"]);
    assert.deepEqual(await asked(opened, one, one), [false]);
    assert.equal(await opened.differs(one, other, ".", (path) => path.startsWith("src/")), true);
    assert.equal(await opened.differs(one, other, "src", (path) => path === "a" || path === "deep/b"), false);
    let times = 0;
    assert.equal(await opened.differs(one, other, ".", () => ++times > 0), true);
    assert.equal(times, 1);
  });

  test("is told with SHA-256", async () => {
    const repository = keep(aRepository({ objectFormat: "sha256" }));
    const one = repository.commit({ a: "1", "b/c": "1", d: "1" });
    const other = repository.commit({ a: "2", "b/c": "2", "b/d": "1" });
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await asked(opened, one, other), [false, "a", "b/c", "b/d"]);
    assert.equal(await opened.differs(one, other, "b", all), true);
    assert.equal(await opened.differs(one.slice(0, 40), other, ".", all), undefined);
  });

  test("is told of a submodule by its commit, of a file that became a folder by both, and not of empty folders", async () => {
    const repository = keep(aRepository());
    const file = repository.commit({ a: "1", "a.b": "1", a0: "1" });
    const blob = repository.git("rev-parse", `${file}:a`);
    const made = (...lines: readonly string[]): string =>
      feed(repository, ["mktree", "--missing"], lines.map((line) => `${line}\n`).join(""))
        .toString()
        .trim();
    const rest = [`100644 blob ${blob}\ta.b`, `100644 blob ${blob}\ta0`];
    const empty = made();
    const nested = made(`040000 tree ${made(`040000 tree ${empty}\tempty`, `100644 blob ${blob}\tf`)}\tx`, `040000 tree ${empty}\tempty`);
    const folder = commitTree(repository, made(...rest, `040000 tree ${nested}\ta`));
    const [module, newer] = ["1", "2"].map((digit) => commitTree(repository, made(...rest, `160000 commit ${digit.repeat(40)}\ta`)));
    const hollow = commitTree(repository, made(...rest, `100644 blob ${blob}\ta`, `040000 tree ${empty}\tz`));
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await asked(opened, file, folder), [false, "a", "a/x/f"]);
    assert.deepEqual(await asked(opened, folder, file), [false, "a", "a/x/f"]);
    assert.deepEqual(await asked(opened, file, module ?? ""), [false, "a"]);
    assert.deepEqual(await asked(opened, module ?? "", newer ?? ""), [false, "a"]);
    assert.deepEqual(await asked(opened, folder, module ?? ""), [false, "a", "a/x/f"]);
    assert.equal(await opened.differs(file, hollow, ".", all), false);
    assert.equal(await opened.differs(module ?? "", newer ?? "", "a", all), undefined);
  });

  test("needs neither files nor folders that are the same", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ "same/a": "1", "other/a": "1", "other/deep/b": "2" });
    const other = repository.commit({ "other/a": "3" });
    const unneeded = [...["same", "same/a", "other/deep", "other/deep/b"].map((path) => `${one}:${path}`), `${other}:other/a`];
    for (const id of unneeded.map((name) => repository.git("rev-parse", name))) removeObject(repository, id);
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await asked(opened, one, other), [false, "other/a"]);
    const needed = repository.git("rev-parse", `${one}:other`);
    removeObject(repository, needed);
    // What was read is kept.
    assert.deepEqual(await asked(opened, one, other, "other"), [false, "a"]);
    await using anew = await openRepository(repository.dir);
    assert.deepEqual(await asked(anew, one, other), [undefined]);
  });

  test("is told of one commit after another, and again when the first ones are kept no longer", async () => {
    const repository = keep(aRepository());
    const commits = Array.from(
      { length: 1_200 },
      (_, index) =>
        `commit refs/heads/main\ncommitter a <a@b> ${index} +0000\ndata 0\nM 100644 inline f\ndata ${String(index).length}\n${index}\n`,
    );
    feed(repository, ["fast-import", "--quiet"], commits.join(""));
    const [head = "", ...others] = repository.git("rev-list", "main").split("\n");
    await using opened = await openRepository(repository.dir);
    for (const _ of [1, 2]) {
      const answers = await Promise.all(others.map((other) => opened.differs(head, other, ".", (path) => path === "f")));
      assert.deepEqual([answers.length, ...new Set(answers)], [1_199, true]);
    }
  });
});

suite("whether commits differ cannot be told", () => {
  const unknown = async (opened: Repository, one: string, other: string, dir = "."): Promise<void> => {
    assert.deepEqual(await asked(opened, one, other, dir), [undefined]);
    assert.deepEqual(await asked(opened, other, one, dir), [undefined]);
  };

  test("where one is not here, or is no commit's full name", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ a: "1", "b/c": "1" });
    const other = repository.commit({ a: "2", "b/c": "2" });
    repository.git("-c", "user.name=a", "-c", "user.email=a@b", "tag", "-m", "tag", "v1", other);
    await using opened = await openRepository(repository.dir);
    const names = [
      "HEAD",
      "main",
      "",
      other.slice(0, 12),
      other.toUpperCase(),
      `${other}\n`,
      "0".repeat(40),
      "0".repeat(64),
      `${other}^{commit}`,
    ];
    for (const name of [...names, ...["HEAD^{tree}", "HEAD:a", "refs/tags/v1"].map((one) => repository.git("rev-parse", one))])
      await unknown(opened, one, name);
  });

  test("where one has no such folder: a file, a link to a folder, or nothing", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ "dir/a": "1", "deep/dir/a": "1", "other/a": "1" });
    repository.git("rm", "--quiet", "-r", "dir", "deep");
    const other = repository.commit({ dir: { symlink: "other" }, deep: "1", "other/a": "2" });
    await using opened = await openRepository(repository.dir);
    for (const dir of ["dir", "deep", "deep/dir", "none", "other/a", "other/../other", "oth\ner"]) await unknown(opened, one, other, dir);
  });

  test("in a partial clone without folders, where git would fetch what is missing; without files it is told from the folders", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ a: "1" });
    const other = repository.commit({ a: "2" });
    for (const filter of ["blob:none", "tree:0"]) {
      const clone = keep(aClone(repository, `--filter=${filter}`, "--no-checkout"));
      const missing = clone.git("rev-list", "--objects", "--all", "--missing=print");
      await using opened = await openRepository(clone.dir);
      if (filter === "tree:0") await unknown(opened, one, other);
      else assert.deepEqual(await asked(opened, one, other), [false, "a"]);
      assert.match(missing, /^\?/m);
      assert.equal(clone.git("rev-list", "--objects", "--all", "--missing=print"), missing);
    }
  });

  test("behind the end of a shallow clone's history, which is not deepened for it", async () => {
    const repository = keep(aRepository());
    const [first = "", second = "", third = ""] = ["1", "2", "3"].map((text) => repository.commit({ a: text }));
    const clone = keep(aClone(repository, "--depth=2"));
    await using opened = await openRepository(clone.dir);
    assert.deepEqual(await asked(opened, third, second), [false, "a"]);
    await unknown(opened, third, first);
    assert.equal(clone.git("rev-list", "--count", "HEAD"), "2");
    // Deepening brings folders, and no files.
    assert.equal((await opened.ancestors(third, 2)).length, 2);
    assert.deepEqual(await asked(opened, third, first), [false, "a"]);
  });

  test("where a name is not UTF-8; other odd ones are told as they are", async () => {
    const repository = keep(aRepository());
    const blob = feed(repository, ["hash-object", "-w", "--stdin"], "1").toString().trim();
    const of = (...names: readonly (string | Buffer)[]): string => {
      const lines = names.map((name) =>
        Buffer.concat([Buffer.from(`100644 blob ${blob}\t`), Buffer.from(name as string), Buffer.from("\0")]),
      );
      return commitTree(repository, feed(repository, ["mktree", "-z"], Buffer.concat(lines)).toString().trim());
    };
    const latin = Buffer.from("n\xe4me", "latin1");
    const odd = ["\u{feff}bom", "line\nend", 'quo"te', "tab\t", "b\\s", "ünï", "\u{1f600}", "\uffee", "-x", " ", "...", ".github"];
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await asked(opened, of("same"), of("same", ...odd)), [false, ...odd.toSorted()]);
    await unknown(opened, of("same"), of("same", latin));
    assert.deepEqual(await asked(opened, of("same", latin), of("same", latin, "z")), [false, "z"]);
  });

  test("where a tree is damaged, or was not made by git", async () => {
    const repository = keep(aRepository());
    const id = Buffer.alloc(20, 0x20);
    const entry = (mode: string, name: string): Buffer => Buffer.concat([Buffer.from(`${mode} ${name}\0`), id]);
    const whole = [entry("100644", "a"), entry("100755", "b"), entry("40000", "c")];
    const sound = commitBytes(repository, Buffer.concat([...whole, entry("120000", "d")]));
    const odd: readonly (readonly Buffer[])[] = [
      [Buffer.from("1")],
      [Buffer.from("100644 e")],
      [entry("100644", "e").subarray(0, -1)],
      [entry("100644", "e"), Buffer.from("x")],
      [entry("100644", "f"), entry("100644", "e")],
      [entry("100644", "e"), entry("100644", "e")],
      ...["", ".", "..", ".git", ".GIT", "a/b"].map((name) => [entry("100644", name)]),
      ...["", "0", "100648", "-100644", "10644", "140000", "0x8000", "100000644"].map((mode) => [entry(mode, "e")]),
    ];
    await using opened = await openRepository(repository.dir);
    for (const end of odd) await unknown(opened, sound, commitBytes(repository, Buffer.concat([...whole, ...end])));
    // Older gits wrote other bits, and zeros before them; git takes them for the same.
    const old = commitBytes(
      repository,
      Buffer.concat([entry("100664", "a"), entry("100775", "b"), entry("040000", "c"), entry("120000", "d")]),
    );
    assert.deepEqual(await asked(opened, sound, old), [false]);
    // The folder c is missing.
    await unknown(opened, sound, commitBytes(repository, Buffer.concat([...whole.slice(0, 2), entry("120000", "d")])));
  });

  test("where git itself cannot read on", async () => {
    const repository = keep(aRepository());
    const one = repository.commit({ a: "1" });
    const other = repository.commit({ a: "2" });
    const tree = repository.git("rev-parse", `${one}^{tree}`);
    removeObject(repository, tree);
    writeFileSync(join(repository.dir, ".git/objects", tree.slice(0, 2), tree.slice(2)), "damaged");
    await using opened = await openRepository(repository.dir);
    await unknown(opened, one, other);
    await opened[Symbol.asyncDispose]();
    await unknown(opened, other, repository.commit({ a: "3" }));
  });
});

type Node = { readonly leaf: string } | { readonly folder: Readonly<Record<string, Node>> };

/** Names that git sorts in another way where they are folders', and some that are not ASCII. */
const names = fc.constantFrom("a", "a.b", "a-", "a0", "ab", "ä", "x y", "\u{1f600}", "\uffee");
const leaves = [..."123"].flatMap((n) => [`100644 ${n}`, `100755 ${n}`, `120000 ${n}`, `160000 ${n}`]);
const { folder } = fc.letrec<{ node: Node; folder: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, depthSize: "medium" }, fc.record({ leaf: fc.constantFrom(...leaves) }), tie("folder")),
  folder: fc.record({ folder: fc.dictionary(names, tie("node"), { maxKeys: 6 }) }),
}));
/** What two folders have between them; the second's where both have something. */
const merged = (one: Node | undefined, two: Node): Node => {
  if (one === undefined || !("folder" in one && "folder" in two)) return two;
  const all = Object.entries(two.folder).map(([name, child]) => [name, merged(one.folder[name], child)] as const);
  return { folder: { ...one.folder, ...Object.fromEntries(all) } };
};
/** Two folders, the second often the first with changes; some of what is in one is in the other under another name. */
const pair = fc.tuple(folder, folder, fc.array(fc.tuple(names, names), { maxLength: 3 }), fc.nat(3)).map(([one, two, moves, how]) => {
  if (!("folder" in one && "folder" in two)) return [one, two] as const;
  const moved = Object.fromEntries(moves.flatMap(([from, to]) => (one.folder[from] === undefined ? [] : [[to, one.folder[from]]])));
  const second = merged(how === 0 ? undefined : one, { folder: { ...two.folder, ...moved } });
  return how === 1 ? ([second, one] as const) : ([one, second] as const);
});

const linesOf = (node: Node, path: string): readonly string[] =>
  "folder" in node
    ? Object.entries(node.folder).flatMap(([name, child]) => linesOf(child, path === "" ? name : `${path}/${name}`))
    : [`M ${node.leaf.slice(0, 7)}${node.leaf.startsWith("16") ? (node.leaf.at(-1) ?? "").repeat(40) : `:${node.leaf.at(-1)}`} ${path}\n`];

/** All folders that something is in. */
const foldersOf = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(
    lines.flatMap((line) =>
      line
        .trimEnd()
        .split(" ")
        .slice(3)
        .join(" ")
        .split("/")
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
    ),
  );

test("whether commits differ is told as git diff-tree tells it, in every folder", async () => {
  const repository = keep(aRepository());
  feed(
    repository,
    ["fast-import", "--quiet", `--export-marks=${join(repository.dir, ".git/marks")}`],
    [1, 2, 3].map((n) => `blob\nmark :${n}\ndata 1\n${n}\n`).join(""),
  );
  let made = 0;
  const commits = (...nodes: readonly Node[]): readonly string[] => {
    made += 1;
    const input = nodes.map(
      (node, index) =>
        `commit refs/made/${made}/${index}\nmark :${index + 10}\ncommitter a <a@b> 1 +0000\ndata 0\ndeleteall\n${linesOf(node, "").join("")}get-mark :${index + 10}\n`,
    );
    return feed(
      repository,
      ["fast-import", "--quiet", `--import-marks=${join(repository.dir, ".git/marks")}`, "--cat-blob-fd=1"],
      input.join(""),
    )
      .toString()
      .trim()
      .split("\n");
  };
  await using opened = await openRepository(repository.dir);
  await fc.assert(
    fc.asyncProperty(pair, names, fc.nat(4), async ([one, two], name, kind) => {
      const [first = "", second = ""] = commits(one, two);
      const [mine, theirs] = [one, two].map((node) => foldersOf(linesOf(node, "")));
      const shared = [...(mine ?? [])].filter((dir) => theirs?.has(dir));
      for (const dir of new Set([".", name, ...shared.slice(kind, kind + 2)])) {
        const here = dir === "." || shared.includes(dir);
        const trees = [first, second].map((sha) => (dir === "." ? sha : `${sha}:${dir}`));
        const differing = here
          ? repository
              .git("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", ...trees)
              .split("\0")
              .filter(Boolean)
          : [];
        assert.deepEqual(await asked(opened, first, second, dir), [here ? false : undefined, ...differing.sort()]);
        const counts = (path: string): boolean => (path.length + (path.codePointAt(0) ?? 0)) % 5 === kind;
        assert.equal(await opened.differs(first, second, dir, counts), here ? differing.some(counts) : undefined);
      }
    }),
    { numRuns, seed },
  );
});
