import assert from "node:assert/strict";
import { test } from "node:test";
import { makefileOf } from "../../src/scaffold/makefile.ts";

const targets = (text: string) => [...makefileOf({ path: "Makefile", text }).own];

test("targets are what stands before a colon, and no variable", () => {
  assert.deepEqual(targets("VERSION := 1\nSHELL=/bin/sh\nbuild test: dep\n\tgo build\nclean::\n\trm -rf x\n"), ["build", "test", "clean"]);
  assert.deepEqual(targets("build:\r\n\tgo build\r\npush-ci:\r\n"), ["build", "push-ci"]);
  assert.deepEqual(targets("push-ci: VERSION ?= x\n"), ["push-ci"]);
});

test("targets that a variable names are targets", () => {
  assert.deepEqual(targets("all = push-ci docker-validate\n.PHONY: $(all)\n$(all):\n\t@make -C docker $@\n"), [
    ".PHONY",
    "push-ci",
    "docker-validate",
  ]);
  assert.deepEqual(targets(`image-targets := push-ci \\\n  docker-validate\nimage-targets += more\n\${image-targets} other:\n`), [
    "push-ci",
    "docker-validate",
    "more",
    "other",
  ]);
});

test("a variable that is not known here, or made of others, names nothing", () => {
  assert.deepEqual(targets("$(unknown) a:\nb = $(shell ls)\n$(b):\n"), ["a"]);
});
