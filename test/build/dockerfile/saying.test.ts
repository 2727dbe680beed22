import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { lineSaying } from "../../../src/build/dockerfile/saying.ts";

const dockerfile = {
  name: "Dockerfile",
  text: "# syntax=docker/dockerfile:1\nFROM scratch AS a\nRUN echo  one \\\n  # nothing\n  && two\nCOPY a /\nFROM a\nCOPY a /\nRUN <<EOF\nmake\nEOF\n",
};

suite("the line of an instruction that a program names by its text", () => {
  test("is where it begins, however it is spaced and continued", () => {
    assert.equal(lineSaying(dockerfile, "RUN echo one && two"), 3);
    assert.equal(lineSaying(dockerfile, "RUN <<EOF"), 9);
  });

  test("is found by how it begins where the program cut it", () => {
    assert.equal(lineSaying(dockerfile, "RUN echo o…"), 3);
  });

  test("is none where no instruction has the text, or several", () => {
    assert.deepEqual(
      ["COPY a /", "RUN three", "", "RUN…"].map((said) => lineSaying(dockerfile, said)),
      [undefined, undefined, undefined, undefined],
    );
  });
});
