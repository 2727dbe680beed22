// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { assemble, listing } from "../../support/built.ts";
import type { ContextFiles, RequestOptions } from "../../support/context.ts";

const files: ContextFiles = {
  "a.txt": "a",
  "b.txt": "b",
  "run.sh": { content: "run", mode: 0o755 },
  "dir/one.txt": "one",
  "dir/sub/two.md": "two",
  link: { link: "a.txt" },
  dirlink: { link: "dir" },
  loop: { link: "loop" },
  "[x].txt": "brackets",
};

async function built(body: string, options: RequestOptions = {}): Promise<Readonly<Record<string, string>>> {
  return listing((await assemble(`FROM scratch\n${body}\n`, { files, ...options })).files);
}

async function refused(
  body: string,
  code: string,
  message: RegExp,
  { line = 2, ...options }: RequestOptions & { readonly line?: number } = {},
): Promise<void> {
  await assert.rejects(
    assemble(`FROM scratch\n${body}\n`, { files, ...options }),
    (thrown) => {
      assert.ok(thrown instanceof Failure, String(thrown));
      assert.equal(thrown.code, code, thrown.message);
      assert.match(thrown.message, message);
      assert.ok(thrown.message.startsWith(`Dockerfile:${line}: `), thrown.message);
      assert.deepEqual(thrown.facts, { file: "Dockerfile", line });
      return true;
    },
    body,
  );
}

suite("COPY of a file", () => {
  test("gives it the destination's name, or its own where that is a directory", async () => {
    assert.deepEqual(await built("COPY a.txt /x/y\nCOPY a.txt /d/\nCOPY b.txt /d"), {
      d: "dir",
      "d/a.txt": "file a",
      "d/b.txt": "file b",
      x: "dir",
      "x/y": "file a",
    });
  });

  test("goes from the working directory where the destination is relative", async () => {
    assert.deepEqual(await built("WORKDIR /w\nCOPY a.txt .\nCOPY a.txt sub/\nCOPY b.txt ../b"), {
      b: "file b",
      w: "dir",
      "w/a.txt": "file a",
      "w/sub": "dir",
      "w/sub/a.txt": "file a",
    });
  });

  test("follows a link that is its source", async () => {
    assert.deepEqual(await built("COPY link /x\nCOPY dirlink/one.txt /y"), { x: "file a", y: "file one" });
    await refused("COPY loop /x", "CONTEXT_INVALID", /loop/);
  });

  test("keeps its mode, root being its owner, unless said otherwise", async () => {
    assert.deepEqual(await built("COPY run.sh a.txt /1/\nCOPY --chmod=4750 --chown=7:8 a.txt /2/\nCOPY --chmod=g+w,o= a.txt /3"), {
      "1": "dir",
      "1/a.txt": "file a",
      "1/run.sh": "file 755 run",
      "2": "dir 4750 7:8",
      "2/a.txt": "file 4750 7:8 a",
      "3": "file 660 a",
    });
  });
});

suite("COPY of a directory", () => {
  test("copies what is in it, links as links", async () => {
    assert.deepEqual(
      await built("COPY dir /d\nCOPY dirlink /e", { files: { "dir/up": { link: "../a" }, "dir/sub/f": "f", dirlink: { link: "dir" } } }),
      {
        d: "dir",
        "d/sub": "dir",
        "d/sub/f": "file f",
        "d/up": "-> ../a",
        e: "dir",
        "e/sub": "dir",
        "e/sub/f": "file f",
        "e/up": "-> ../a",
      },
    );
  });

  test("merges with what is there", async () => {
    const merged = await built("COPY dir /d\nCOPY other /d", {
      files: { "dir/a": "a", "dir/sub/b": "b", "other/a": "A", "other/sub/c": "c" },
    });
    assert.deepEqual(merged, { d: "dir", "d/a": "file A", "d/sub": "dir", "d/sub/b": "file b", "d/sub/c": "file c" });
  });

  test("collides with a file of the same name", async () => {
    const files: ContextFiles = { "a/x": "file", "b/x/y": "in a directory" };
    for (const body of ["COPY a b /d/", "COPY b a /d/"]) await refused(body, "CONTEXT_INVALID", /\/d\/x is to be/, { files });
  });
});

suite("COPY of several sources", () => {
  test("takes patterns, of names and of folders", async () => {
    const found = Object.keys(
      await built("COPY *.txt /p/\nCOPY d*/*.txt /q/\nCOPY [ab].txt /r/\nCOPY dir/*/t?o.md /s/\nCOPY [^a].txt /t/\nCOPY [[]x].txt /u/"),
    );
    const names = found.filter((path) => path.includes("/")).join(" ");
    assert.equal(names, "p/[x].txt p/a.txt p/b.txt q/one.txt r/a.txt r/b.txt s/two.md t/b.txt u/[x].txt");
  });

  test("says where a pattern matches nothing, and copies the others", async () => {
    const { files: found, events } = await assemble("FROM scratch\nCOPY a.txt *.none /d/\n", { files });
    assert.deepEqual(listing(found), { d: "dir", "d/a.txt": "file a" });
    assert.match(events.flatMap((event) => (event.kind === "message" ? event.text : [])).join(), /Dockerfile:2: \*\.none matches nothing/);
  });

  test("needs a directory to copy to", async () => {
    await refused("COPY a.txt b.txt /x", "DOCKERFILE_INVALID", /one file \/x/);
    await refused("COPY *.txt /x", "DOCKERFILE_INVALID", /one file \/x/);
  });

  test("may be written as JSON, with spaces", async () => {
    assert.deepEqual(await built('COPY ["with space", "/to here/"]', { files: { "with space": "x" } }), {
      "to here": "dir",
      "to here/with space": "file x",
    });
  });

  test("leaves out what is excluded", async () => {
    assert.deepEqual(
      await built("COPY --exclude=*.txt --exclude=dir/sub . /d/", { files: { "a.txt": "a", b: "b", "dir/sub/x": "x", "dir/y.txt": "y" } }),
      {
        d: "dir",
        "d/b": "file b",
        "d/dir": "dir",
        "d/dir/y.txt": "file y",
      },
    );
  });
});

suite("COPY of a here-document", () => {
  test("writes its text, variables filled in", async () => {
    assert.deepEqual(
      await built(
        "ENV V=v\nCOPY <<one <<'two' a.txt /d/\n$V ${V:+x} \\$V '$V'\none\n$V\ntwo\nCOPY --chmod=755 --chown=1:2 <<EOF /run\nx\nEOF",
      ),
      {
        d: "dir",
        "d/a.txt": "file a",
        "d/one": "file v x $V 'v'\n",
        "d/two": "file $V\n",
        run: "file 755 1:2 x\n",
      },
    );
  });
});

suite("COPY that cannot be done", () => {
  test("says what is missing, and what is near", async () => {
    await refused("COPY A.txt /", "CONTEXT_INVALID", /the context has no A\.txt/);
    await refused("COPY dir/nothing /", "CONTEXT_INVALID", /the context has no dir\/nothing/);
    await refused("COPY a.txt", "DOCKERFILE_INVALID", /a source and a destination/);
    await refused("COPY --chmod=u+z a.txt /", "DOCKERFILE_INVALID", /--chmod takes/);
    await refused("COPY --chown=a:b:c a.txt /", "DOCKERFILE_INVALID", /--chown takes/);
    await refused("COPY --chown=nobody a.txt /", "DOCKERFILE_INVALID", /\/etc\/passwd does not know/);
    await refused("COPY [a /", "DOCKERFILE_INVALID", /is not a pattern/);
  });

  test("never leaves the context", async () => {
    for (const source of ["../a.txt", "dir/../../a.txt", "../*", "./../x"])
      await refused(`COPY ${source} /`, "CONTEXT_INVALID", /outside the context/);
    assert.deepEqual(await built("COPY dir/../a.txt /a\nCOPY /b.txt /b"), { a: "file a", b: "file b" });
  });

  test("takes a link that leads outside for one that leads to the context's root", async () => {
    const links: ContextFiles = {
      passwd: { link: "/etc/passwd" },
      up: { link: "../../../../etc" },
      "etc/passwd": "the context's own",
      alone: { link: "/nowhere" },
    };
    assert.deepEqual(await built("COPY passwd /1\nCOPY up/passwd /2", { files: links }), {
      "1": "file the context's own",
      "2": "file the context's own",
    });
    await refused("COPY alone /x", "CONTEXT_INVALID", /alone is behind the symbolic link alone to \/nowhere/, { files: links });
  });

  test("never leaves the image", async () => {
    assert.deepEqual(await built("COPY a.txt ../../../x\nCOPY dir /../../d/../e\nWORKDIR ../../w"), {
      e: "dir",
      "e/one.txt": "file one",
      "e/sub": "dir",
      "e/sub/two.md": "file two",
      w: "dir",
      x: "file a",
    });
    const links: ContextFiles = { "tree/out": { link: "../../../.." }, "tree/loop": { link: "/loop" }, f: "f" };
    assert.deepEqual(await built("COPY tree /\nCOPY f /out/g", { files: links }), { g: "file f", loop: "-> /loop", out: "-> ../../../.." });
    for (const body of ["COPY f /loop/g", "WORKDIR /loop/x", "COPY tree /loop"])
      await refused(`COPY tree /\n${body}`, "CONTEXT_INVALID", /in circles/, { files: links, line: 3 });
  });
});
