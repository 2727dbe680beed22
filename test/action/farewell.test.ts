import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { farewell } from "../../src/action/farewell.ts";
import { stateLine, stateOf } from "../../src/action/state.ts";

const done = ["deliver done: to 1 of 1 destination", 'created r.example/app:v1 "quoted"\n::error::forged'];

suite("the post step", () => {
  test("is silent after a run that came to its end, whatever its exit code", () => {
    assert.deepEqual([farewell({ done, exitCode: 0 }, "abc"), farewell({ done, exitCode: 6 }, "abc")], [[], []]);
  });

  test("says what was done and how to go on where a signal ended the run, or nothing is known of its end", () => {
    for (const state of [{ done, exitCode: 130 }, { done, exitCode: 143 }, { done }]) {
      const [first, ...rest] = farewell(state, "abc");
      assert.match(first ?? "", /^::warning title=INTERRUPTED::the publication of abc was stopped.*Run the job again/);
      assert.match(rest.join("\n"), /deliver done: to 1 of 1 destination/);
    }
  });

  test("reads what the main step left, of which the last line of a name counts", () => {
    const lines = [stateLine({ done: ["a"] }), stateLine({ done }), stateLine({ exitCode: 3 })].join("").trimEnd().split("\n");
    const env = Object.fromEntries(lines.map((line) => [`STATE_${line.slice(0, line.indexOf("="))}`, line.slice(line.indexOf("=") + 1)]));
    assert.deepEqual(stateOf(env), { done, exitCode: 3 });
  });

  test("takes what it cannot read for nothing", () => {
    assert.deepEqual(stateOf({ STATE_done: "{", STATE_exitCode: '"0"' }), { done: [] });
    assert.deepEqual(stateOf({}), { done: [] });
  });

  test("cannot be made to give the runner a command", () => {
    for (const line of farewell({ done }, undefined).slice(1)) assert.doesNotMatch(line, /^::/m);
  });
});
