// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseDockerfile } from "../../../src/build/dockerfile/parse.ts";
import {
  declarations,
  expandAt,
  globalArguments,
  platformArguments,
  reachableStages,
  stageIndex,
  targetStage,
} from "../../../src/build/dockerfile/stages.ts";
import { Failure } from "../../../src/failure/index.ts";
import { parsePlatform } from "../../../src/oci/index.ts";

const parse = (text: string) => parseDockerfile({ name: "Dockerfile", text });
const automatic = platformArguments(parsePlatform("linux/arm64"), parsePlatform("linux/amd64"));
const globals = (text: string, args: Readonly<Record<string, string>> = {}) => globalArguments(parse(text), { args }, automatic);

suite("arguments of the platform", () => {
  test("name what is built for, and what builds", () => {
    assert.deepEqual(platformArguments(parsePlatform("linux/arm/v7"), parsePlatform("linux/amd64")), {
      TARGETSTAGE: "default",
      TARGETPLATFORM: "linux/arm/v7",
      TARGETOS: "linux",
      TARGETOSVERSION: "",
      TARGETARCH: "arm",
      TARGETVARIANT: "v7",
      BUILDPLATFORM: "linux/amd64",
      BUILDOS: "linux",
      BUILDOSVERSION: "",
      BUILDARCH: "amd64",
      BUILDVARIANT: "",
    });
  });
});

suite("declarations of arguments", () => {
  test("have a name, and a default where one is given", () => {
    assert.deepEqual(declarations(`A B=1 C="x y" D='p q' E=`, "\\"), [
      ["A", undefined],
      ["B", "1"],
      ["C", '"x y"'],
      ["D", "'p q'"],
      ["E", ""],
    ]);
    assert.deepEqual(declarations("A=b\\ c D", "\\"), [
      ["A", "b\\ c"],
      ["D", undefined],
    ]);
  });
});

suite("arguments before the first FROM", () => {
  test("take what was given before their default", () => {
    assert.equal(globals("ARG A=1\nFROM scratch", { A: "2" })["A"], "2");
    assert.equal(globals("ARG A=1\nFROM scratch")["A"], "1");
    assert.equal(globals("ARG A\nFROM scratch")["A"], undefined);
    assert.equal(globals("ARG A=1\nFROM scratch", { A: "" })["A"], "");
  });

  test("may be made of those before them and of the platform's", () => {
    assert.equal(globals("ARG A=1\nARG B=x${A}-$TARGETARCH\nFROM scratch")["B"], "x1-arm64");
  });

  test("are none that were given and not declared", () => {
    assert.equal(globals("FROM scratch", { A: "1" })["A"], undefined);
  });

  test("are the platform's own where nobody gives others", () => {
    assert.equal(globals("FROM scratch")["TARGETARCH"], "arm64");
    assert.equal(globals("FROM scratch", { TARGETARCH: "other" })["TARGETARCH"], "other");
  });

  test("may be named as JavaScript names things", () => {
    assert.equal(globals("ARG constructor\nFROM scratch")["constructor"], undefined);
    assert.equal(globals("ARG A=x${toString}y${__proto__}\nFROM scratch")["A"], "xy");
    assert.equal(globals("ARG __proto__=1\nARG A=$__proto__\nFROM scratch")["A"], "1");
  });

  test("fail with their line where they cannot be expanded", () => {
    assert.throws(
      () => globals('ARG A=1\nARG B=${A:?}\nARG C="\nFROM scratch', { A: "1" }),
      (thrown) => thrown instanceof Failure && thrown.code === "DOCKERFILE_INVALID" && thrown.facts["line"] === 3,
    );
  });
});

suite("the target", () => {
  const dockerfile = parse("FROM a AS One\nFROM b\nFROM c AS three\n");

  test("is the last stage unless given, by name or by number", () => {
    assert.deepEqual(
      [undefined, "", "one", "ONE", "three", "0", "1"].map((target) => targetStage(dockerfile, target)),
      [2, 2, 0, 0, 2, 0, 1],
    );
  });

  test("must be there", () => {
    for (const target of ["four", "3", "-1", "1.0", "constructor"]) {
      assert.throws(
        () => targetStage(dockerfile, target),
        (thrown) => thrown instanceof Failure && thrown.code === "DOCKERFILE_INVALID" && (thrown.hint ?? "").includes("one, three"),
        target,
      );
    }
    assert.throws(
      () => targetStage(parse("FROM a\n"), "x"),
      (thrown) => thrown instanceof Failure && (thrown.hint ?? "").includes("No stage"),
    );
  });

  test("is an earlier stage where another stage names it", () => {
    assert.equal(stageIndex(dockerfile.stages, "three", 2), undefined);
    assert.equal(stageIndex(dockerfile.stages, "2", 2), undefined);
    assert.equal(stageIndex(dockerfile.stages, "one", 2), 0);
  });
});

suite("stages that a target reaches", () => {
  const reached = (text: string, target: number, variables: Readonly<Record<string, string>> = {}) =>
    [...reachableStages(parse(text), target, (name) => variables[name])].sort();

  test("are those that it is built upon, copies from and mounts", () => {
    const text =
      "FROM x AS a\nFROM x AS b\nFROM a AS c\nFROM x AS d\nFROM c\nCOPY --from=b / /\nRUN --mount=type=bind,from=d,target=/d x\nFROM x\n";
    assert.deepEqual(reached(text, 4), [0, 1, 2, 3, 4]);
    assert.deepEqual(reached(text, 2), [0, 2]);
    assert.deepEqual(reached(text, 5), [5]);
  });

  test("may be named by number or by a variable", () => {
    assert.deepEqual(reached("FROM x AS a\nFROM x AS b\nFROM x\nCOPY --from=0 / /\n", 2), [0, 2]);
    assert.deepEqual(reached("ARG V=b\nFROM x AS a\nFROM x AS b\nFROM $V\n", 2, { V: "b" }), [1, 2]);
  });

  test("are no later ones: a name that comes later is an image", () => {
    assert.deepEqual(reached("FROM b AS a\nFROM a AS b\n", 0), [0]);
    assert.deepEqual(reached("FROM a AS a\n", 0), [0]);
  });
});

test("a word that cannot be expanded fails with its file and line", () => {
  assert.throws(
    () => expandAt("${A:?no A}", () => undefined, { escapeChar: "\\" }, { file: "d/Dockerfile", line: 7, text: "FROM ${A:?no A}" }),
    (thrown) =>
      thrown instanceof Failure &&
      thrown.code === "DOCKERFILE_INVALID" &&
      thrown.message === "d/Dockerfile:7: A: no A\n  7 | FROM ${A:?no A}",
  );
});
