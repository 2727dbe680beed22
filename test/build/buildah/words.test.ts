import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { buildahGaps } from "../../../src/build/buildah/gaps.ts";
import { atLeast, versionIn } from "../../../src/build/buildah/program.ts";
import { buildWords, cacheRepository, type WordsFor } from "../../../src/build/buildah/words.ts";
import { parseDockerfile } from "../../../src/build/index.ts";
import { aBuildRequest } from "../../support/context.ts";

const given: WordsFor = {
  dockerfile: "/t/Dockerfile",
  ignore: "/t/Dockerfile.dockerignore",
  context: "/t/context",
  policy: "/t/policy.json",
  idFile: "/t/id",
  isolation: "chroot",
  layers: true,
  images: {},
  secrets: [],
  cache: undefined,
};

suite("the words of a build by buildah", () => {
  test("fix what content depends on, and let it fetch nothing", () => {
    const words = buildWords(aBuildRequest("FROM x", { platform: "linux/arm64" }), given);
    assert.deepEqual(words, [
      "build",
      "--format=docker",
      "--isolation=chroot",
      "--layers=true",
      "--timestamp=315532800",
      "--identity-label=false",
      "--force-rm",
      "--pull=never",
      "--signature-policy=/t/policy.json",
      "--platform=linux/arm64",
      "--file=/t/Dockerfile",
      "--ignorefile=/t/Dockerfile.dockerignore",
      "--iidfile=/t/id",
      "/t/context",
    ]);
  });

  const added = (text: string, options: Parameters<typeof aBuildRequest>[1], more: Partial<WordsFor> = {}): readonly string[] =>
    buildWords(aBuildRequest(text, options), { ...given, ...more }).filter((word) =>
      /^--(?:target|build|secret|cache|tls|layers=f)/.test(word),
    );

  for (const [what, words, expected] of [
    ["a target", added("FROM x", { target: "t" }), ["--target=t"]],
    ["arguments", added("FROM x", { args: { A: "b c=d" } }), ["--build-arg=A=b c=d"]],
    ["the epoch, to who declares it", added("FROM x\nARG A SOURCE_DATE_EPOCH\n", {}), ["--build-arg=SOURCE_DATE_EPOCH=315532800"]],
    [
      "an epoch of one's own",
      added("FROM x\nARG SOURCE_DATE_EPOCH", { args: { SOURCE_DATE_EPOCH: "1" } }),
      ["--build-arg=SOURCE_DATE_EPOCH=1"],
    ],
    ["images", added("FROM x", {}, { images: { "x:1": "localhost/a:b" } }), ["--build-context=x:1=container-image://localhost/a:b"]],
    ["secrets", added("FROM x", {}, { secrets: ["--secret=id=a,env=B"] }), ["--secret=id=a,env=B"]],
    ["a cache", added("FROM x", {}, { cache: "r.example/c" }), ["--cache-from=r.example/c", "--cache-to=r.example/c"]],
    [
      "a cache in a registry of this machine",
      added("FROM x", {}, { cache: "127.0.0.1:5000/c" }),
      ["--cache-from=127.0.0.1:5000/c", "--cache-to=127.0.0.1:5000/c", "--tls-verify=false"],
    ],
    ["one layer a stage", added("FROM x", {}, { layers: false }), ["--layers=false"]],
  ] as const) {
    test(`hand over ${what}`, () => assert.deepEqual(words, expected));
  }

  test("name a cache by its repository alone", () => {
    const named = (ref: string): string | undefined => cacheRepository({ type: "registry", ref, timeoutMs: 1, mode: "max" });
    assert.equal(named("r.example:5000/team/cache:main"), "r.example:5000/team/cache");
    assert.equal(named("r.example:5000/team/cache"), "r.example:5000/team/cache");
    assert.equal(cacheRepository({ type: "none", timeoutMs: 1, mode: "max" }), undefined);
  });
});

suite("a version of buildah", () => {
  test("is read from what it prints", () => {
    assert.deepEqual(versionIn("buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)\n"), {
      text: "1.28.2",
      major: 1,
      minor: 28,
    });
    assert.equal(versionIn("podman version 5.0.0"), undefined);
  });

  test("is compared by numbers", () => {
    const version = (text: string) => versionIn(`buildah version ${text}`) ?? assert.fail();
    assert.deepEqual(
      ["1.9.0", "1.28.0", "1.41.3", "2.0.0-dev"].map((text) => atLeast(version(text), "1.28")),
      [false, true, true, true],
    );
  });

  test("has the gaps of its time, and those of its isolation", () => {
    const gaps = (text: string, version: string, isolation = "chroot") =>
      buildahGaps(parseDockerfile({ name: "Dockerfile", text }), versionIn(`buildah version ${version}`) ?? assert.fail(), isolation);
    const heredoc = "FROM scratch\nCOPY <<EOF /a\nFROM x\nEOF\n";
    assert.deepEqual(
      gaps(heredoc, "1.28.2").map(({ line, instruction }) => [line, instruction]),
      [[2, "COPY with a heredoc"]],
    );
    assert.deepEqual(gaps(heredoc, "1.33.7"), []);
    const silent = "FROM scratch\nRUN --network=none make\nRUN --network=host make\n";
    assert.deepEqual(
      gaps(silent, "1.33.7").map(({ line, instruction }) => [line, instruction]),
      [[2, "RUN --network=none"]],
    );
    assert.deepEqual(gaps(silent, "1.33.7", "oci"), []);
    const [frontend] = gaps("# check=skip=all\n# syntax=team/frontend\nFROM scratch\n", "1.41.0");
    assert.deepEqual([frontend?.instruction, frontend?.line, frontend?.text], ["syntax", 2, "# syntax=team/frontend"]);
    assert.deepEqual(gaps("# syntax=docker/dockerfile:1\nFROM scratch\nRUN x\n", "1.28.2"), []);
  });
});
