import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ContentKey, type ContextEntry, contentKey } from "../../../src/build/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../../support/base-image.ts";
import { aBuildRequest, aContext, type ContextFiles, type RequestOptions } from "../../support/context.ts";

/** The key of a build of a Dockerfile. */
async function keyOf(
  dockerfile: string,
  {
    engine = "assemble gzip",
    stamped = [],
    builder,
    at,
    ...options
  }: RequestOptions & Partial<Pick<Parameters<typeof contentKey>[0], "engine" | "stamped" | "builder" | "at">> = {},
): Promise<ContentKey> {
  return await contentKey({ ...aBuildRequest(dockerfile, options), engine, stamped, builder, at });
}

/** The names of the parts in which two keys differ. */
function differing(a: ContentKey, b: ContentKey): readonly string[] {
  const lines = (key: ContentKey) => new Map(key.parts.map(({ kind, name, value }) => [`${kind} ${name}`, value]));
  const [one, other] = [lines(a), lines(b)];
  const names = new Set([...one.keys(), ...other.keys()]);
  assert.equal(
    a.key === b.key,
    [...names].every((name) => one.get(name) === other.get(name)),
  );
  return [...names].filter((name) => one.get(name) !== other.get(name)).sort();
}

const files = { app: "1", "lib/a.js": "a", "lib/b.js": "b", "docs/x.md": "x", "z.txt": "z" } satisfies ContextFiles;
const copies = "FROM scratch\nCOPY app /app\nCOPY lib /lib/\n";

suite("The content key", () => {
  test("is the same for the same inputs, and holds what the target reaches", async () => {
    const one = await keyOf(copies, { files });
    assert.deepEqual(differing(one, await keyOf(copies, { files })), []);
    assert.deepEqual(
      one.parts.filter(({ kind }) => kind === "file").map(({ name }) => name),
      ["app", "lib", "lib/a.js", "lib/b.js"],
    );
    assert.deepEqual([one.ages, one.unfit, one.bases], [false, undefined, []]);
  });

  const changes: readonly (readonly [string, string, ContextFiles, readonly string[]])[] = [
    ["a file that is copied", copies, { ...files, "lib/a.js": "A" }, ["file lib/a.js"]],
    ["a new file in a folder that is copied", copies, { ...files, "lib/c/d": "d" }, ["file lib/c", "file lib/c/d"]],
    ["a mode", copies, { ...files, app: { content: "1", mode: 0o755 } }, ["file app"]],
    ["a link in place of a file", copies, { ...files, "lib/a.js": { link: "b.js" } }, ["file lib/a.js"]],
    ["a file that nothing copies", copies, { ...files, "docs/x.md": "y", "z.txt": "y" }, []],
    ["a comment and empty lines", `# nothing\n\n${copies}\n# more\n`, files, []],
    ["a line of the Dockerfile", copies.replace("/app\n", "/bin/app\n"), files, ["instruction 0.1"]],
    ["a stage that is not reached", `FROM scratch AS other\nCOPY docs /\n${copies}`, files, []],
  ];
  for (const [name, dockerfile, changed, expected] of changes) {
    test(`changes with what is built: ${name}`, async () => {
      const found = differing(await keyOf(copies, { files }), await keyOf(dockerfile, { files: changed }));
      assert.deepEqual(found, expected);
    });
  }

  test("holds what .dockerignore leaves in", async () => {
    const [one, other] = await Promise.all(
      ["a", "changed"].map(
        async (content) => await keyOf("FROM scratch\nCOPY . /\n", { files: { ...files, "lib/a.js": content }, ignore: "lib/a.js\n" }),
      ),
    );
    assert.ok(one && other);
    assert.deepEqual(differing(one, other), []);
    assert.ok(!one.parts.some(({ name }) => name === "lib/a.js") && one.parts.some(({ name }) => name === "lib/b.js"));
  });

  test("holds what patterns match, and what --exclude leaves", async () => {
    const named = async (line: string) =>
      (await keyOf(`FROM scratch\n${line}\n`, { files })).parts
        .filter(({ kind, value }) => kind === "file" && !value.endsWith("directory"))
        .map(({ name }) => name);
    assert.deepEqual(await named("COPY l*/[a]*.js /"), ["lib/a.js"]);
    assert.deepEqual(await named("COPY *.txt app /"), ["app", "z.txt"]);
    assert.deepEqual(await named("COPY --exclude=*.js lib docs /"), ["docs/x.md"]);
    assert.deepEqual(await named('ADD ["./lib/../app", "/"]'), ["app"]);
    assert.deepEqual(await named("COPY **/a.js /"), ["app", "docs/x.md", "lib/a.js", "lib/b.js", "z.txt"]);
    assert.deepEqual(await named("ARG dir=docs\nCOPY $dir /"), ["docs/x.md"]);
    assert.deepEqual(await named("ENV dir=docs\nCOPY $dir/x.md /"), ["docs/x.md"]);
    assert.deepEqual(await named("RUN --mount=type=bind,source=docs,target=/d true"), ["docs/x.md"]);
    assert.deepEqual(await named("COPY <<EOF /text\napp\nEOF"), []);
  });

  test("takes the whole context where a symbolic link leads on", async () => {
    const linked = { ...files, current: { link: "lib" } } satisfies ContextFiles;
    const [one, other] = [
      await keyOf("FROM scratch\nCOPY current/a.js /\n", { files: linked }),
      await keyOf("FROM scratch\nCOPY current/a.js /\n", { files: { ...linked, "lib/a.js": "A" } }),
    ];
    assert.deepEqual(differing(one, other), ["file lib/a.js"]);
  });

  test("holds the text of here-documents", async () => {
    const text = (word: string) => `FROM scratch\nCOPY <<EOF /greeting\n${word}\nEOF\n`;
    assert.deepEqual(differing(await keyOf(text("hello")), await keyOf(text("goodbye"))), ["instruction 0.1"]);
  });

  test("holds arguments that are used, and no others", async () => {
    const dockerfile = "ARG base=scratch\nFROM $base\nARG used\nCOPY app /$used\n";
    const of = async (args: Readonly<Record<string, string>>) => await keyOf(dockerfile, { files, args });
    assert.deepEqual(differing(await of({}), await of({ unused: "x" })), []);
    assert.deepEqual(differing(await of({ used: "a" }), await of({ used: "b" })), ["argument used"]);
    assert.deepEqual(differing(await of({}), await of({ BUILDKIT_SYNTAX: "other" })), ["argument BUILDKIT_SYNTAX"]);
  });

  for (const engine of ["assemble gzip", "builder gzip", "buildx gzip", "buildah gzip"]) {
    test(`tells machines apart where the Dockerfile takes what they are into the content, and only there: ${engine}`, async () => {
      const on = async (dockerfile: string, args = {}) => {
        const keys = ["amd64", "arm64"].map((architecture) =>
          keyOf(dockerfile, { args, engine, files, builder: { os: "linux", architecture } }),
        );
        const [one, other] = await Promise.all(keys);
        assert.ok(one && other);
        return differing(one, other);
      };
      assert.deepEqual(await on("FROM scratch\nARG BUILDARCH\nENV A=$BUILDARCH\n"), ["argument BUILDARCH"]);
      assert.deepEqual(await on("ARG FOR=$BUILDARCH\nFROM scratch\nARG FOR\nLABEL for=$FOR\n"), ["argument FOR"]);
      const both = "FROM scratch AS in-amd64\nCOPY app /\nFROM scratch AS in-arm64\nCOPY lib /\n";
      const all = "COPY --from=in-amd64 / /a/\nCOPY --from=in-arm64 / /b/\n";
      assert.deepEqual(await on(`${both}FROM in-$BUILDARCH\n${all}`), ["argument BUILDARCH"]);
      assert.deepEqual(await on(`ARG FOR=in-$BUILDARCH\n${both}FROM $FOR\n${all}`), ["argument FOR"]);
      assert.deepEqual(await on("FROM --platform=$BUILDPLATFORM scratch\nCOPY app /\n"), []);
      const given = { BUILDARCH: "riscv64", BUILDPLATFORM: "linux/riscv64" };
      const steered = "ARG FOR=$BUILDARCH\nFROM --platform=$BUILDPLATFORM scratch\nARG FOR\nARG BUILDARCH\nCOPY $BUILDARCH* /\n";
      assert.deepEqual(await on(steered, given), []);
    });
  }

  test("holds the files that a builder of any platform would copy, where it may be far away", async () => {
    const dockerfile = "FROM scratch\nARG BUILDARCH\nENV IN=bin/$BUILDARCH\nCOPY $IN /bin/\n";
    const binaries = { "bin/amd64/a": "1", "bin/arm64/a": "2", other: "3" };
    const named = async (engine: string) =>
      (await keyOf(dockerfile, { engine, files: binaries, builder: { os: "linux", architecture: "arm64" } })).parts
        .filter(({ kind, value }) => kind === "file" && !value.endsWith("directory"))
        .map(({ name }) => name);
    assert.deepEqual(await named("assemble gzip"), ["bin/arm64/a"]);
    assert.deepEqual(await named("buildah gzip"), ["bin/arm64/a"]);
    assert.deepEqual(await named("builder gzip"), ["bin/amd64/a", "bin/arm64/a"]);
  });

  test("tells builders by name apart where their platform, which nobody knows beforehand, is in the content", async () => {
    const at = async (dockerfile: string, engine = "buildx gzip") =>
      differing(await keyOf(dockerfile, { engine, files, at: "a" }), await keyOf(dockerfile, { engine, files, at: "tcp://b:1234" }));
    assert.deepEqual(await at("FROM scratch\nCOPY app /\n"), []);
    assert.deepEqual(await at("FROM --platform=$BUILDPLATFORM scratch\nARG TARGETARCH\n"), []);
    assert.deepEqual(await at("FROM scratch\nARG BUILDARCH\n"), ["setting builder"]);
    assert.deepEqual(await at("ARG FOR=$BUILDARCH\nFROM scratch\nARG FOR\n"), ["setting builder"]);
    assert.deepEqual(await at("FROM scratch\nARG BUILDARCH\n", "assemble gzip"), []);
  });

  const given: readonly (readonly [string, string])[] = [
    ["TARGETARCH", "FROM scratch\nARG TARGETARCH\nLABEL for=$TARGETARCH\n"],
    ["BUILDARCH", "FROM scratch\nARG BUILDARCH\nLABEL on=$BUILDARCH\n"],
    ["BUILDVARIANT", "FROM scratch\nARG BUILDVARIANT=none\nLABEL on=$BUILDVARIANT\n"],
    ["TARGETOSVERSION", "FROM scratch\nARG TARGETOSVERSION\nLABEL for=$TARGETOSVERSION\n"],
    ["TARGETPLATFORM", "FROM --platform=$TARGETPLATFORM scratch\nCOPY app /\n"],
    ["BUILDPLATFORM", "FROM --platform=$BUILDPLATFORM scratch\nCOPY app /\n"],
    ["TARGETSTAGE", "FROM scratch\nARG TARGETSTAGE\nLABEL for=$TARGETSTAGE\n"],
  ];
  for (const [name, dockerfile] of given) {
    test(`holds ${name} where it is given, whatever machine builds for whatever platform`, async () => {
      for (const engine of ["assemble gzip", "builder gzip", "buildah gzip"]) {
        const of = async (args: Readonly<Record<string, string>>, architecture = "amd64") =>
          await keyOf(dockerfile, { engine, files, args, builder: { os: "linux", architecture } });
        const [one, other] = [await of({ [name]: "linux/amd64" }), await of({ [name]: "linux/arm64" })];
        assert.deepEqual(differing(one, other), [`argument ${name}`], engine);
        assert.deepEqual(differing(await of({ [name]: "x/y" }), await of({ [name]: "x/y" }, "arm64")), [], engine);
      }
    });
  }

  test("holds what is given for a platform argument that another one is made from", async () => {
    const dockerfile = "ARG FOR=$TARGETARCH\nFROM scratch\nARG FOR\nLABEL for=$FOR\n";
    const of = async (TARGETARCH: string) => await keyOf(dockerfile, { args: { TARGETARCH } });
    assert.deepEqual(differing(await of("a"), await of("b")), ["argument FOR"]);
  });

  test("holds an epoch that is given as an argument, which builders take for their own", async () => {
    const of = async (args: Readonly<Record<string, string>>) => await keyOf("FROM scratch\nCOPY app /\n", { files, args });
    assert.deepEqual(differing(await of({}), await of({ SOURCE_DATE_EPOCH: "0" })), ["argument SOURCE_DATE_EPOCH"]);
  });

  test("tells stages apart that a number means after another one was put before them", async () => {
    const rest =
      "FROM scratch AS a\nCOPY app /\nFROM scratch AS b\nCOPY lib /\nFROM scratch\nCOPY --from=a / /a/\nCOPY --from=b / /b/\nCOPY --from=1 / /1/\n";
    const one = await keyOf(rest, { files });
    assert.deepEqual(differing(one, await keyOf(`FROM scratch AS unused\n${rest}`, { files })), ["stage 2.3 1"]);
  });

  test("holds platform, engine, epoch, and the names that the stamp sets", async () => {
    const plain = await keyOf(copies, { files });
    assert.deepEqual(differing(plain, await keyOf(copies, { files, platform: "linux/arm64" })), ["setting platform"]);
    assert.deepEqual(differing(plain, await keyOf(copies, { files, engine: "assemble zstd" })), ["setting engine"]);
    assert.deepEqual(differing(plain, await keyOf(copies, { files, stamped: ["env COMMIT"] })), ["setting stamp"]);
  });

  test("holds how assemble keeps hard links where an archive or another stage may have some", async () => {
    const settings = async (instruction: string, engine: string): Promise<boolean> =>
      (await keyOf(`FROM scratch AS a\nCOPY app /\nFROM scratch\n${instruction}\n`, { files, engine })).parts.some(
        ({ kind, name }) => kind === "setting" && name === "links",
      );
    for (const instruction of ["ADD app /", "COPY --from=a / /"]) {
      assert.equal(await settings(instruction, "assemble gzip"), true, instruction);
      assert.equal(await settings(instruction, "builder gzip"), false, instruction);
    }
    for (const instruction of ["COPY app /", "ADD --unpack=false app /"]) assert.equal(await settings(instruction, "assemble gzip"), false);
  });

  test("changes when a base image moves, and pins what it resolved", async () => {
    const store = memoryStore();
    const layers = (content: string) => ({ layers: [[{ name: "base", content }]] });
    const [before, after, other] = [
      await aBaseImage(store, layers("1")),
      await aBaseImage(store, layers("2")),
      await aBaseImage(store, layers("3")),
    ];
    const dockerfile = "FROM base\nCOPY --from=tools /base /x\nCOPY app /app\n";
    const of = async (base: typeof before) => await keyOf(dockerfile, { files, images: imagesOf(store, { base, tools: other }) });
    assert.deepEqual(differing(await of(before), await of(after)), ["base base"]);
    assert.deepEqual(
      (await of(before)).bases.map(({ name, digest }) => [name, digest]),
      [
        ["base", before.digest],
        ["tools", other.digest],
      ],
    );
    assert.match((await of(before)).pins["base"] ?? "", new RegExp(`@${before.digest}$`));
  });

  test("follows what a base image has those build upon it do", async () => {
    const store = memoryStore();
    const base = await aBaseImage(store, { layers: [], config: { OnBuild: ["COPY docs /docs"], Env: ["dir=lib"] } });
    const key = await keyOf("FROM base\nCOPY $dir /\n", { files, images: imagesOf(store, { base }) });
    assert.deepEqual(
      key.parts.filter(({ kind, value }) => kind === "file" && !value.endsWith("directory")).map(({ name }) => name),
      ["docs/x.md", "lib/a.js", "lib/b.js"],
    );
  });

  test("follows what an earlier stage has those build upon it do, into stages that nobody else names", async () => {
    const dockerfile =
      "FROM scratch AS tools\nCOPY docs /d\nFROM scratch AS base\nONBUILD COPY --from=tools /d /d\nFROM base\nCOPY app /\n";
    const one = await keyOf(dockerfile, { files });
    assert.ok(one.parts.some(({ kind, name }) => kind === "file" && name === "docs/x.md"));
    assert.deepEqual(differing(one, await keyOf(dockerfile, { files: { ...files, "docs/x.md": "y" } })), ["file docs/x.md"]);
  });

  test("takes nothing off where folders are kept, and tells targets apart that are asked for by name", async () => {
    const parents = await keyOf("FROM scratch\nCOPY --parents --exclude=lib/a.js lib/./a.js /x/\n", { files });
    assert.ok(parents.parts.some(({ name }) => name === "lib/a.js"));
    const staged = "FROM scratch AS one\nARG TARGETSTAGE\nCOPY app /$TARGETSTAGE\n";
    assert.deepEqual(differing(await keyOf(staged, { files, target: "one" }), await keyOf(staged, { files, target: "0" })), [
      "argument TARGETSTAGE",
    ]);
  });

  test("grows old with programs that may see the network, and not with others", async () => {
    assert.equal((await keyOf("FROM scratch\nRUN apt-get update\n")).ages, true);
    assert.equal((await keyOf("FROM scratch\nRUN --network=none make\n")).ages, false);
    assert.equal((await keyOf("FROM scratch AS other\nRUN x\nFROM scratch\nCOPY app /\n", { files })).ages, false);
  });

  test("holds ids of secrets, and never their values", async () => {
    const of = async (id: string) => await keyOf(`FROM scratch\nRUN --mount=type=secret,id=${id} x\n`);
    assert.deepEqual(
      (await of("npm")).parts.filter(({ kind }) => kind === "secret"),
      [{ kind: "secret", name: "secret npm", value: "" }],
    );
  });

  const moving = "1111111111222222222233333333334444444444";
  const adds: readonly (readonly [string, boolean])[] = [
    ["ADD https://site.example/file.tar /", false],
    ["ARG url=https://site.example/file\nADD $url /", false],
    ["ADD git@site.example:team/app.git /", false],
    ["ADD https://site.example/app.git#main /", false],
    [`ADD https://site.example/app.git#${moving} /`, true],
    [`ADD --checksum=sha256:${"0".repeat(64)} https://site.example/file.tar /`, true],
    ["ARG name=app\nADD $name /", true],
  ];
  for (const [lines, fit] of adds) {
    test(`${fit ? "may be reused" : "must not be reused"} with ${lines.split("\n").at(-1)}`, async () => {
      const { unfit } = await keyOf(`FROM scratch\n${lines}\n`, { files, engine: "buildx" });
      if (fit) assert.equal(unfit, undefined);
      else assert.match(unfit ?? "", /^Dockerfile:\d adds from the network without a checksum/);
    });
  }

  test("must not be reused where the context holds a git folder", async () => {
    assert.match((await keyOf(copies, { files: { ...files, "sub/.git/HEAD": "x" } })).unfit ?? "", /the context holds sub\/\.git/);
    assert.equal((await keyOf(copies, { files: { ...files, ".gitignore": "x" } })).unfit, undefined);
  });

  test("gives a file that git does not know the identity that git would", async () => {
    const context = aContext({ app: "hello\n" });
    const known = {
      ...context,
      entries: async (): Promise<readonly ContextEntry[]> => [
        { kind: "file", path: "app", mode: 0o644, size: 6, id: "ce013625030ba8dba906f756967f9e9ca394464a" },
      ],
    };
    const request = { ...aBuildRequest("FROM scratch\nCOPY app /\n"), engine: "assemble gzip", stamped: [] };
    assert.equal((await contentKey({ ...request, context })).key, (await contentKey({ ...request, context: known })).key);
  });

  test("of a foreign frontend holds everything", async () => {
    const store = memoryStore();
    const frontend = await aBaseImage(store, { layers: [] });
    const of = async (content: ContextFiles) =>
      await keyOf("# syntax=site.example/frontend\nFROM scratch\n", {
        files: content,
        engine: "buildx",
        images: imagesOf(store, { "site.example/frontend": frontend }),
      });
    const one = await of(files);
    assert.equal(one.ages, true);
    assert.deepEqual(differing(one, await of({ ...files, "docs/x.md": "y" })), ["file docs/x.md"]);
    assert.ok(one.parts.some(({ kind, value }) => kind === "frontend" && value === frontend.digest));
  });
});
