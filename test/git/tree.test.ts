import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { type Files, generatedFiles, openRepository, overlay } from "../../src/git/index.ts";
import { aClone, aRepository, runGit } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

async function text(files: Files, path: string, offset?: number): Promise<string> {
  const chunks = await Array.fromAsync((await files.open(path)).open(offset));
  return Buffer.concat(chunks).toString("utf8");
}

/** Every entry as one line: mode or kind, path, size or target. */
async function listing(files: Files): Promise<readonly string[]> {
  return (await files.entries()).map((entry) => {
    if (entry.kind === "file") return `${entry.mode.toString(8)} ${entry.path} ${entry.size}`;
    return entry.kind === "directory" ? `dir ${entry.path}` : `link ${entry.path} ${entry.target}`;
  });
}

suite("a commit's files", () => {
  test("are what was committed, whatever the checkout holds now", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "a.txt": "committed", "bin/run": { content: "#!", executable: true }, link: { symlink: "bin/run" } });
    repository.write({ "a.txt": "edited", untracked: "x" });
    chmodSync(join(repository.dir, "a.txt"), 0o600);
    await using opened = await openRepository(repository.dir);
    const files = await opened.tree(sha, ".");
    assert.deepEqual(await listing(files), ["644 a.txt 9", "dir bin", "755 bin/run 2", "link link bin/run"]);
    assert.equal(await text(files, "a.txt"), "committed");
    assert.equal(await text(files, "a.txt", 4), "itted");
    await assert.rejects(files.open("untracked"), /has no file/);
  });

  test("are listed once, by whomever they are asked for, and again where that failed", async () => {
    const inner = keep(aRepository());
    const outer = keep(aRepository());
    inner.commit({ f: "1" });
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub");
    const sha = outer.commit({ a: "a" });
    const clone = keep(aClone(outer));
    await using opened = await openRepository(clone.dir);
    const entries = async () => await (await opened.tree(sha, ".")).entries();
    await assert.rejects(entries(), /the submodule sub/);
    clone.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
    const listed = await entries();
    assert.ok(listed.some(({ path }) => path === "sub/f"));
    assert.equal(await entries(), listed);
  });

  test("may be prepared: listed ahead for who asks, and by nobody's wish where the repository is closed first", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "dir/a": "1", "dir/b/c": "2" });
    await using opened = await openRepository(repository.dir);
    const prepared = await opened.tree(sha, "dir");
    prepared.prepare?.();
    prepared.prepare?.();
    assert.deepEqual(await listing(prepared), ["644 a 1", "dir b", "644 b/c 1"]);
    const missing = await opened.tree(sha, "none");
    missing.prepare?.();
    await assert.rejects(missing.entries(), /has no folder none/);
    for (const dir of [".", "none"]) {
      await using unused = await openRepository(repository.dir);
      (await unused.tree(sha, dir)).prepare?.();
    }
    const aborted = new AbortController();
    await using stopped = await openRepository(repository.dir, { signal: aborted.signal });
    const files = await stopped.tree(sha, ".");
    files.prepare?.();
    aborted.abort(new Error("enough"));
    await assert.rejects(files.entries(), /enough/);
  });

  test("may be a folder's only", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "a/b/c": "1", "a/d": "2", e: "3" });
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await listing(await opened.tree(sha, "./a/")), ["dir b", "644 b/c 1", "644 d 1"]);
    await assert.rejects((await opened.tree(sha, "none")).entries(), /has no folder none/);
    await assert.rejects((await opened.tree(sha, "e")).entries(), /has no folder e/);
  });

  test("may have names that a line or a shell would break on", async () => {
    const repository = keep(aRepository());
    const names = ["-rf", "a\nb", 'q"uote', "späce ünd", "back\\slash", "$(touch x)"].toSorted();
    const sha = repository.commit(Object.fromEntries(names.map((name) => [name, name])));
    await using opened = await openRepository(repository.dir);
    const files = await opened.tree(sha, ".");
    assert.deepEqual(
      (await files.entries()).map(({ path }) => path),
      names,
    );
    for (const name of names) assert.equal(await text(files, name), name);
  });

  test("that no folder may hold are refused", async () => {
    const repository = keep(aRepository());
    const blob = runGit(repository.dir, ["hash-object", "-w", "--stdin"]);
    for (const name of ["..", ".git", "."]) {
      const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, "hex")]);
      writeFileSync(join(repository.dir, "tree"), entry);
      const tree = repository.git("hash-object", "-w", "-t", "tree", "--literally", "tree");
      const sha = repository.git("commit-tree", tree, "-m", "hostile");
      await using opened = await openRepository(repository.dir);
      await assert.rejects(
        (await opened.tree(sha, ".")).entries(),
        (thrown: unknown) => thrown instanceof Failure && thrown.code === "CONTEXT_INVALID",
      );
    }
  });

  test("are streamed where they are large", async () => {
    const repository = keep(aRepository());
    const large = Buffer.alloc(9 * 2 ** 20, "0123456789");
    const sha = repository.commit({ large, small: "s" });
    await using opened = await openRepository(repository.dir);
    const files = await opened.tree(sha, ".");
    const [big, small] = await Promise.all([text(files, "large", 5), text(files, "small")]);
    assert.equal(big.length, large.length - 5);
    assert.equal(big.slice(0, 5), "56789");
    assert.equal(small, "s");
  });
});

suite("a commit's attributes", () => {
  test("decide line ends and filters, not those of the checkout", async () => {
    const repository = keep(aRepository());
    repository.git("config", "filter.upper.smudge", "tr a-z A-Z");
    repository.git("config", "filter.upper.clean", "tr A-Z a-z");
    const sha = repository.commit({
      ".gitattributes": "*.bat text eol=crlf\n*.up filter=upper\n*.txt text\n*.id ident\n",
      "a.bat": "one\ntwo\n",
      "sub/b.up": "shout",
      "c.txt": "as it is\n",
    });
    repository.write({ ".gitattributes": "*.txt text eol=crlf\n" });
    await using opened = await openRepository(repository.dir);
    const files = await opened.tree(sha, ".");
    assert.equal(await text(files, "a.bat"), "one\r\ntwo\r\n");
    assert.equal(await text(files, "sub/b.up"), "SHOUT");
    assert.equal(await text(files, "c.txt"), "as it is\n");
    const entry = (await files.entries()).find(({ path }) => path === "a.bat");
    assert.equal(entry?.kind === "file" && entry.size, 10);
  });

  test("that convert nothing leave files as git knows them, whatever this machine's own attributes say", async () => {
    const repository = keep(aRepository());
    repository.write({ ".git/info/attributes": "*.txt text eol=crlf\n" });
    const sha = repository.commit({ ".gitattributes": "* text=auto eol=lf\n*.png -text\n*.txt diff=x\n", "a.txt": "one\n" });
    await using opened = await openRepository(repository.dir);
    const files = await opened.tree(sha, ".");
    const entry = (await files.entries()).find(({ path }) => path === "a.txt");
    assert.equal(entry?.kind === "file" && entry.id, repository.git("rev-parse", `${sha}:a.txt`));
    assert.equal(await text(files, "a.txt"), "one\n");
  });

  test("are followed through macros", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ ".gitattributes": "[attr]dos text eol=crlf\n*.txt dos\n", "a.txt": "one\n" });
    await using opened = await openRepository(repository.dir);
    assert.equal(await text(await opened.tree(sha, "."), "a.txt"), "one\r\n");
  });

  test("count from above the folder too", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ ".gitattributes": "*.bat text eol=crlf\n", "sub/a.bat": "one\n" });
    await using opened = await openRepository(repository.dir);
    assert.equal(await text(await opened.tree(sha, "sub"), "a.bat"), "one\r\n");
  });

  test("end in a clear failure where a filter cannot run", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({
      ".gitattributes": "*.bin filter=lfs\n",
      "a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    });
    await using opened = await openRepository(repository.dir);
    await assert.rejects((await opened.tree(sha, ".")).entries(), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "CONTEXT_INVALID");
      assert.match(thrown.hint ?? "", /git-lfs/);
      return true;
    });
  });
});

suite("a partial clone", () => {
  test("fetches what a folder lacks", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "a/one": "1", "a/two": "22", "b/three": "333" });
    repository.commit({ "a/one": "changed" });
    const clone = keep(aClone(repository, "--filter=blob:none", "--no-checkout"));
    await using opened = await openRepository(clone.dir);
    const files = await opened.tree(sha, "a");
    assert.deepEqual(await listing(files), ["644 one 1", "644 two 2"]);
    assert.equal(await text(files, "two"), "22");
    const missing = clone
      .git("rev-list", "--objects", "--missing=print", sha)
      .split("\n")
      .filter((line) => line.startsWith("?"));
    assert.equal(missing.length, 1, "only b/three is still missing");
  });
});

suite("a submodule", () => {
  test("is part of the files where it was fetched, and a clear failure where it was not", async () => {
    const inner = keep(aRepository());
    inner.commit({ "lib.txt": "inner", "d/e": "2" });
    const outer = keep(aRepository());
    runGit(outer.dir, ["submodule", "--quiet", "add", `file://${inner.dir}`, "third/party"]);
    const sha = outer.commit({ top: "1" });
    {
      await using opened = await openRepository(outer.dir);
      const files = await opened.tree(sha, ".");
      assert.deepEqual((await listing(files)).slice(1), [
        "dir third",
        "dir third/party",
        "dir third/party/d",
        "644 third/party/d/e 1",
        "644 third/party/lib.txt 5",
        "644 top 1",
      ]);
      assert.equal(await text(files, "third/party/lib.txt"), "inner");
    }
    const clone = keep(aClone(outer));
    await using opened = await openRepository(clone.dir);
    await assert.rejects((await opened.tree(sha, ".")).entries(), /the submodule third\/party .* is not here/);
  });
});

suite("one file of a commit", () => {
  test("is read through links, and absent where it is none", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "d/Dockerfile": "FROM scratch", link: { symlink: "d/Dockerfile" }, out: { symlink: "/etc/passwd" } });
    await using opened = await openRepository(repository.dir);
    const read = async (path: string) => (await opened.readFile(sha, path))?.toString();
    assert.equal(await read("d/Dockerfile"), "FROM scratch");
    assert.equal(await read("link"), "FROM scratch");
    for (const path of ["out", "d", "none", "d/Dockerfile/x", "a\nb"]) assert.equal(await read(path), undefined, path);
    assert.equal(await read("d/Dockerfile"), "FROM scratch", "questions and answers stay in step");
  });
});

suite("generated files", () => {
  test("lie over the commit's", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "src/a": "1", ".gitignore": "dist\n" });
    repository.write({ "dist/sub/out.js": "made", "dist/run": { content: "#!", executable: true } });
    mkdirSync(join(repository.dir, "dist/empty"));
    await using opened = await openRepository(repository.dir);
    const files = overlay(await opened.tree(sha, "."), await generatedFiles(repository.dir, ["dist/**"]));
    assert.deepEqual(await listing(files), [
      "644 .gitignore 5",
      "dir dist",
      "dir dist/empty",
      "755 dist/run 2",
      "dir dist/sub",
      "644 dist/sub/out.js 4",
      "dir src",
      "644 src/a 1",
    ]);
    assert.equal(await text(files, "dist/sub/out.js"), "made");
    assert.equal(await text(files, "src/a"), "1");
  });

  test("must exist, and be inside", async () => {
    const repository = keep(aRepository());
    repository.commit({ a: "1" });
    await assert.rejects(generatedFiles(repository.dir, ["dist/**"]), /has no such file/);
    await assert.rejects(generatedFiles(repository.dir, ["../**"]), /outside the context/);
    await assert.rejects(generatedFiles(repository.dir, ["/etc/*"]), /outside the context/);
  });
});
