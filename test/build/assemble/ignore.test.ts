import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assemble } from "../../support/built.ts";

const files = {
  "a.txt": "a",
  "b.txt": "b",
  "dir/c.md": "c",
  "dir/d.txt": "d",
  "dir/sub/e.txt": "e",
  "node_modules/x/y.js": "y",
  ".git/config": "g",
};

async function left(ignore: string, ...more: readonly string[]): Promise<string> {
  const { files: found } = await assemble(["FROM scratch", "COPY . /", ...more].join("\n"), { files, ignore });
  return [...found].flatMap(([path, { type }]) => (type === "file" ? [path] : [])).join(" ");
}

suite(".dockerignore", () => {
  const cases: readonly (readonly [rule: string, ignore: string, left: string])[] = [
    [
      "leaves out nothing where it is empty",
      "\n# only a comment\n",
      ".git/config a.txt b.txt dir/c.md dir/d.txt dir/sub/e.txt node_modules/x/y.js",
    ],
    ["leaves out files and whole folders", "a.txt\n.git\nnode_modules/\n", "b.txt dir/c.md dir/d.txt dir/sub/e.txt"],
    ["matches at the root only, but with **", "*.txt\n**/*.md\n.git\nnode_modules", "dir/d.txt dir/sub/e.txt"],
    [
      "takes back what is negated, the last line that matches counting",
      "*\n!dir\ndir/sub\n!b.txt\nb.txt\n!a.txt",
      "a.txt dir/c.md dir/d.txt",
    ],
    ["takes back a file in a folder that is left out", "dir\n!dir/sub/e.txt\n.git\nnode_modules", "a.txt b.txt dir/sub/e.txt"],
    ["may be everything but", "**\n!dir/*.txt", "dir/d.txt"],
    ["ignores a slash before, and spaces around", "/a.txt\n  b.txt  \n./dir\n/.git/\n/node_modules", ""],
    [
      "may begin with a byte order mark, and end as Windows does",
      "\ufeffa.txt\r\nb.txt\r\n.git\r\nnode_modules\r\n",
      "dir/c.md dir/d.txt dir/sub/e.txt",
    ],
    ["knows ? and classes", "?.txt\n.gi[a-z]\nnode_module?\ndir/[cd].*", "dir/sub/e.txt"],
    ["takes no pattern for a regular expression", "a+txt\n(a|b).txt\na\\.txt\n.git\nnode_modules\ndir", "b.txt"],
  ];
  for (const [rule, ignore, expected] of cases) test(rule, async () => assert.equal(await left(ignore), expected));

  test("takes brackets and signs of names as they are", async () => {
    const odd = { "app/(group)/page": "1", "c++": "2", "a|b": "3", "{x}": "4", $y: "5", ccc: "6", "(z)": "7" };
    const found = async (ignore: string) =>
      Object.keys(odd).length -
      [...(await assemble("FROM scratch\nCOPY . /\n", { files: odd, ignore })).files.values()].filter(({ type }) => type === "file").length;
    for (const line of ["app/(group)", "**/(group)/*", "c++", "a|b", "{x}", "$y", "c+?", "(?)", "\\(z\\)"])
      assert.equal(await found(line), 1, line);
  });

  test("takes no time, however many stars there are", { timeout: 5_000 }, async () => {
    const deep = `${"d/".repeat(60)}f`;
    const { files: found } = await assemble("FROM scratch\nCOPY . /\n", {
      files: { [deep]: "f" },
      ignore: `${"**/".repeat(40)}x\n${"*".repeat(40)}x\n`,
    });
    assert.ok(found.has(deep));
  });

  test("keeps COPY from what is left out", async () => {
    await assert.rejects(left("dir/sub", "COPY dir/sub/e.txt /e"), /Dockerfile:3: the context has no dir\/sub\/e\.txt/);
  });

  test("says nothing of other stages", async () => {
    const { files: found } = await assemble("FROM scratch AS one\nCOPY a.txt /x.md\nFROM scratch\nCOPY --from=one /x.md /\n", {
      files,
      ignore: "**/*.md",
    });
    assert.deepEqual([...found.keys()], ["x.md"]);
  });
});
