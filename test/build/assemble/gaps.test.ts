// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assembleGaps, parseDockerfile } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { assemble } from "../../support/built.ts";

const gaps = (text: string, target?: string) =>
  assembleGaps(parseDockerfile({ name: "Dockerfile", text }), target).map(({ line, instruction }) => [line, instruction]);

suite("what assemble cannot do", () => {
  test("is RUN, sources on the network, and frontends of others", () => {
    assert.deepEqual(
      gaps(
        "# syntax=example.com/frontend\nFROM scratch\nRUN make\nADD https://example.com/a /\nADD git@github.com:a/b.git /\nADD https://github.com/a/b.git#v1 /\nADD --checksum=sha256:00 a /\nCOPY --parents a b /\nADD a.tar /\n",
      ),
      [
        [1, "syntax"],
        [3, "RUN"],
        [4, "ADD"],
        [5, "ADD"],
        [6, "ADD"],
        [7, "ADD"],
      ],
    );
  });

  test("is an argument that may lead to the network", () => {
    assert.deepEqual(gaps("ARG URL=https://example.com/a\nFROM scratch\nARG URL\nADD $URL /x\nADD a /y\n"), [[4, "ADD"]]);
    assert.deepEqual(gaps("ARG NAME=a\nFROM scratch\nARG NAME\nADD $NAME /x\n"), []);
  });

  test("is a linter whose warnings fail the build", () => {
    assert.deepEqual(gaps("# check=skip=all;error=true\nFROM scratch\nCOPY a /\n"), [[1, "check"]]);
    assert.deepEqual(gaps("# check=skip=all;error=false\nFROM scratch\nCOPY a /\n"), []);
  });

  test("is what an earlier stage leaves to those upon it", () => {
    assert.deepEqual(gaps("FROM scratch AS a\nONBUILD RUN make\nFROM a\nCOPY b /\n"), [[2, "RUN"]]);
    assert.deepEqual(gaps("FROM scratch AS a\nONBUILD RUN make\n"), []);
  });

  test("is found late where only the build knows it", async () => {
    await assert.rejects(
      assemble("FROM scratch\nARG FROM_THERE\nADD ${FROM_THERE} /x\n", { args: { FROM_THERE: "https://example.com/a" } }),
      (thrown) => thrown instanceof Failure && thrown.code === "ENGINE_UNFIT" && /^Dockerfile:3: .*network/.test(thrown.message),
    );
  });

  test("is what a foreign frontend's name says, and not what stands behind it", () => {
    assert.deepEqual(gaps("# syntax=docker/dockerfile:1 with words behind\nFROM scratch\nCOPY a /\n"), []);
  });

  test("is none of Docker's own frontends", () => {
    for (const syntax of [
      "docker/dockerfile:1",
      "docker/dockerfile:1.7-labs",
      "docker.io/docker/dockerfile:1.19",
      "docker/dockerfile",
      `docker/dockerfile:1@sha256:${"0".repeat(64)}`,
    ])
      assert.equal(gaps(`# syntax=${syntax}\nFROM scratch\nCOPY a /\n`).length, syntax.endsWith("labs") ? 1 : 0, syntax);
  });

  test("counts only in what the target reaches", () => {
    const text = "FROM scratch AS a\nRUN make\nFROM scratch AS b\nCOPY x /\nFROM scratch AS c\nCOPY --from=a / /\n";
    assert.deepEqual([gaps(text), gaps(text, "b")], [[[2, "RUN"]], []]);
  });

  test("is known even where arguments are not", () => {
    assert.deepEqual(gaps("ARG A\nARG B=${A:?}\nFROM scratch\nRUN make\n"), [[4, "RUN"]]);
  });

  test("fails the build before anything is done, with file and line", async () => {
    await assert.rejects(
      assemble("FROM scratch\nCOPY nothing /\nRUN make it\n"),
      (thrown) =>
        thrown instanceof Failure &&
        thrown.code === "ENGINE_UNFIT" &&
        /^Dockerfile:3: .*RUN/.test(thrown.message) &&
        thrown.facts["line"] === 3 &&
        /buildx/.test(thrown.hint ?? ""),
    );
  });

  test("ends where the signal says so", async () => {
    const { assembleEngine } = await import("../../../src/build/index.ts");
    const { aBuildRequest } = await import("../../support/context.ts");
    const { memoryStore } = await import("../../../src/store/index.ts");
    const reason = new Error("enough");
    await assert.rejects(
      assembleEngine().build(aBuildRequest("FROM scratch\nENV A=1\n"), memoryStore(), {
        emit: () => {},
        signal: AbortSignal.abort(reason),
      }),
      reason,
    );
  });
});
