import assert from "node:assert/strict";
import { test } from "node:test";
import { assembleEngine, contentKey } from "../../../src/build/index.ts";
import { openRepository, type Repository } from "../../../src/git/index.ts";
import { digestOf } from "../../../src/oci/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { listing, readImage } from "../../support/built.ts";
import { aBuildRequest } from "../../support/context.ts";
import { aRepository, type FileSpec, type TestRepository } from "../../support/git-repository.ts";
import { seededNumbers } from "../../support/seeded.ts";

const runs = Number(process.env["WAYBILL_HISTORY_RUNS"] || 6);
const commits = 14;

const dockerfiles = [
  "FROM scratch\nCOPY src /src\n",
  "FROM scratch\nCOPY src/*.js main /app/\nENV A=1\n",
  "FROM scratch AS tools\nCOPY tools /t\nFROM scratch\nCOPY --from=tools /t/a /bin/a\nCOPY src/ /src\n",
  "FROM scratch AS unused\nCOPY . /\nFROM scratch\nARG DIR=src\nCOPY --exclude=*.md $DIR /x\nWORKDIR /y\n",
  "# a comment\nFROM scratch\nCOPY . /all\n",
  "FROM scratch\nCOPY <<EOF /made\ntext\nEOF\nCOPY --chown=1:2 main /main\n",
] as const;
const ignores = ["", "docs\n", "*\n!src\n!main\n!tools\n", "**/*.md\nsrc/b.js\n"] as const;
const paths = ["src/a.js", "src/b.js", "src/deep/c.js", "src/n.md", "main", "tools/a", "tools/b", "docs/d.md", "README.md"] as const;

/** What a commit's image is, for whoever runs it: files with their owners and modes, and the configuration; and its key. */
async function builtFrom(repository: Repository, sha: string): Promise<{ readonly key: string; readonly content: string }> {
  const text = async (path: string) => new TextDecoder().decode(await repository.readFile(sha, path));
  const ignore = await repository.readFile(sha, ".dockerignore");
  const request = {
    ...aBuildRequest(await text("Dockerfile"), {
      context: await repository.tree(sha, "."),
      ...(ignore && { ignore: new TextDecoder().decode(ignore) }),
    }),
  };
  const { key } = await contentKey({ ...request, engine: "assemble gzip", stamped: [] });
  const store = memoryStore();
  const { content } = await assembleEngine().build(request, store, { emit: () => {} });
  const image = await readImage(store, content);
  return { key, content: digestOf(JSON.stringify([listing(image.files), image.config.config, image.config.history])) };
}

/** One random commit: an edit inside or outside, a rename, a removal, a mode, a link, another Dockerfile, a revert, a merge. */
function grow(repository: TestRepository, random: () => number, at: number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const present = repository
    .git("ls-files")
    .split("\n")
    .filter((path) => path.includes("/") || path === "main");
  const acts: readonly (() => Readonly<Record<string, FileSpec>>)[] = [
    () => ({ [pick(paths)]: `${Math.floor(random() * 3)}` }),
    () => ({ [pick(paths)]: `${Math.floor(random() * 3)}` }),
    () => ({ [pick(["docs/d.md", "README.md"])]: `${at}` }),
    () => ({ Dockerfile: pick(dockerfiles) }),
    () => ({ ".dockerignore": pick(ignores) }),
    () => {
      if (present.length === 0) return {};
      repository.git("mv", "--force", pick(present), pick(["src/b.js", "tools/b", "docs/moved"]));
      return {};
    },
    () => {
      if (!present.includes("main")) return {};
      repository.git("update-index", `--chmod=${pick(["+x", "-x"])}`, "main");
      // `git add` would take the mode of the file on disk.
      repository.git("commit", "--quiet", "--allow-empty", "-m", "mode");
      repository.git("checkout", "--quiet", "--force", "HEAD");
      return {};
    },
    () => {
      const before = repository.git("rev-list", "--max-count=5", "HEAD").split("\n").at(-1) ?? "HEAD";
      repository.git("read-tree", "-u", "--reset", before);
      return {};
    },
    () => {
      repository.git("checkout", "--quiet", "-b", `side-${at}`, at === 0 ? "HEAD" : "HEAD~1");
      repository.commit({ [`docs/side-${at}`]: "x" });
      repository.git("checkout", "--quiet", "main");
      repository.git("merge", "--quiet", "--no-ff", "-X", "ours", "-m", "merge", `side-${at}`);
      return {};
    },
  ];
  return repository.commit(pick(acts)());
}

test("Commits with one key have one content, and commits with other content have other keys", { timeout: 600_000 }, async () => {
  let shared = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const history = aRepository(seed % 3 === 0 ? { objectFormat: "sha256" } : {});
    try {
      const random = seededNumbers(seed);
      history.commit({ Dockerfile: dockerfiles[seed % dockerfiles.length] ?? "", ...Object.fromEntries(paths.map((path) => [path, "0"])) });
      for (let at = 0; at < commits; at++) grow(history, random, at);
      await using repository = await openRepository(history.dir, {});
      const contents = new Map<string, string>();
      const distinct = new Set<string>();
      for (const sha of history.git("rev-list", "--all").split("\n")) {
        let made: Awaited<ReturnType<typeof builtFrom>>;
        try {
          made = await builtFrom(repository, sha);
        } catch (thrown) {
          // A commit may name a file that another one removed; then there is nothing to build.
          if ((thrown as { readonly code?: string }).code === "CONTEXT_INVALID") continue;
          throw thrown;
        }
        const before = contents.get(made.key);
        if (before !== undefined) shared += 1;
        assert.equal(before ?? made.content, made.content, `seed ${seed}: ${sha} has another content than a commit of its key`);
        contents.set(made.key, made.content);
        distinct.add(made.content);
      }
      assert.ok(distinct.size > 1, `seed ${seed}: all commits have one content`);
    } finally {
      history.remove();
    }
  }
  assert.ok(shared >= runs, "hardly two commits shared a key: the test shows nothing");
});
