import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { resultFailed } from "../../../src/build/buildah/failed.ts";
import { Failure } from "../../../src/failure/index.ts";

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

suite("what goes wrong around buildah", () => {
  test("is the build's failure where a layer is no archive", () => {
    const failure = resultFailed(systemError("Z_DATA_ERROR"), { rest: ["last words"] });
    assert.ok(failure instanceof Failure);
    assert.match(failure.message, /gave no image: a layer is no archive\n {2}\| last words/);
  });

  test("stays what it is where the result is not to blame", () => {
    const denied = new Failure("DENIED", "no");
    assert.equal(resultFailed(denied, { rest: [] }), denied);
  });
});
