import assert from "node:assert/strict";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import { extract, type Header } from "tar-stream";
import { type GivenContext, giveContext } from "../../../src/build/buildx/context.ts";
import { aBuildRequest, type RequestOptions } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";

const dockerfile = "FROM scratch\nCOPY . /\n";
const files = {
  Dockerfile: dockerfile,
  ".dockerignore": "left\n",
  left: "x",
  "sub/run": { content: "#!/bin/sh\n", mode: 0o755 },
  "sub/link": { link: "run" },
  [`${"deep/".repeat(60)}ünï`]: "y",
} as const;

/** Gives a context and hands it on while its folder is there. */
async function given<T>(options: RequestOptions, look: (context: GivenContext, dir: string) => Promise<T>, text = dockerfile): Promise<T> {
  await using folder = await aFolder();
  return await look(await giveContext(aBuildRequest(text, { ignore: "left\n", ...options }), folder.path, undefined), folder.path);
}

suite("the context that buildx is given", () => {
  test("is an archive where the Dockerfile is in it: git's modes, nobody's owner, one time", async () => {
    const entries = await given({ files }, async ({ dockerfile: file, place, input }, dir) => {
      assert.deepEqual([file, place, await readdir(dir)], ["Dockerfile", "-", []]);
      return await entriesOf(input);
    });
    assert.equal(entries.get("left"), undefined);
    const kinds = ["Dockerfile", "sub/", "sub/run", "sub/link", `${"deep/".repeat(60)}ünï`].map((name) => {
      const { type, mode, linkname } = entries.get(name) ?? {};
      return [type, mode?.toString(8), linkname ?? ""];
    });
    assert.deepEqual(kinds, [
      ["file", "644", ""],
      ["directory", "755", ""],
      ["file", "755", ""],
      ["symlink", "777", "run"],
      ["file", "644", ""],
    ]);
    const owners = new Set([...entries.values()].map(({ uid, gid, mtime }) => `${uid} ${gid} ${Number(mtime) / 1000}`));
    assert.deepEqual([...owners], ["0 0 315532800"]);
  });

  test("is the same archive however often it is asked for", async () => {
    await given({ files }, async ({ input }) => {
      const once = await bytesOf(input);
      assert.deepEqual(await bytesOf(input), once);
    });
  });

  test("names the Dockerfile by where it stands in the context, which may begin below the root", async () => {
    for (const path of ["docker/Dockerfile", "Dockerfile"]) {
      const request = aBuildRequest(dockerfile, { files: { [path]: dockerfile } });
      await using folder = await aFolder();
      const named = { ...request, dockerfile: { ...request.dockerfile, name: "images/docker/Dockerfile" } };
      assert.equal((await giveContext(named, folder.path, undefined)).dockerfile, path);
    }
  });

  const folders: readonly (readonly [string, RequestOptions, string?])[] = [
    ["is left out of it", { files, ignore: "Dockerfile\n" }],
    ["is another there", { files: { ...files, Dockerfile: dockerfile.replace("COPY", "copy") } }],
    ["is not there at all", { files: { sub: "x" } }],
    [
      "asks for a frontend that is not Docker's",
      { files: { Dockerfile: `# syntax=me/mine\n${dockerfile}` } },
      `# syntax=me/mine\n${dockerfile}`,
    ],
  ];
  for (const [why, options, text = dockerfile] of folders) {
    test(`is a folder with the Dockerfile beside it where that ${why}`, async () => {
      await given(
        options,
        async ({ dockerfile: file, place, input }, dir) => {
          assert.deepEqual([file, place, input], [join(dir, "dockerfile/Dockerfile"), join(dir, "context"), undefined]);
          assert.equal(await readFile(file, "utf8"), text);
        },
        text,
      );
    });
  }

  test("keeps bits and links in a folder, whatever the umask", async () => {
    const before = process.umask(0o077);
    try {
      await given({ files: { ...files, Dockerfile: "other" } }, async ({ place }) => {
        const mode = async (path: string): Promise<number> => (await lstat(join(place, path))).mode & 0o777;
        assert.deepEqual([await mode("sub"), await mode("sub/run"), await mode("Dockerfile")], [0o755, 0o755, 0o644]);
        assert.equal(await readlink(join(place, "sub/link")), "run");
        assert.equal((await readdir(place)).includes("left"), false);
      });
    } finally {
      process.umask(before);
    }
  });
});

async function bytesOf(input: GivenContext["input"]): Promise<Buffer> {
  assert.ok(input !== undefined);
  return Buffer.concat(await Array.fromAsync(input()));
}

async function entriesOf(input: GivenContext["input"]): Promise<ReadonlyMap<string, Header>> {
  const entries = new Map<string, Header>();
  for await (const entry of Readable.from([await bytesOf(input)]).pipe(extract())) {
    entry.resume();
    entries.set(entry.header.name, entry.header);
  }
  return entries;
}
