import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { progressReader } from "../../../src/build/buildx/progress.ts";
import type { Event } from "../../../src/report/index.ts";

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString("base64");
const at = "2026-01-01T00:00:00Z";
const later = "2026-01-01T00:00:02.5Z";

/** What is told of lines of progress, and the events that came of them, as short words. */
function told(...lines: readonly unknown[]) {
  const events: Event[] = [];
  const reader = progressReader((event) => void events.push(event));
  for (const line of lines) reader.hear(typeof line === "string" ? line : JSON.stringify(line));
  const words = events.flatMap((event) =>
    event.kind === "build" ? [`${event.id} ${event.state}${event.log ? `: ${event.log}` : ""}`] : [],
  );
  return { events, words, ...reader.told() };
}
const log = (data: string | Uint8Array, stream = 1) => ({ logs: [{ vertex: "a", stream, data: base64(data) }] });
const begins = { vertexes: [{ digest: "a", name: "[1/1] RUN x", started: at }] };

suite("BuildKit's progress", () => {
  test("a step begins once and ends once, however often it is told", () => {
    const known = { vertexes: [{ digest: "a", name: "[1/1] RUN x" }] };
    const ends = { vertexes: [{ digest: "a", name: "[1/1] RUN x", started: at, completed: later }] };
    const { words, events } = told(known, begins, begins, ends, ends);
    assert.deepEqual(words, ["#1 started", "#1 done"]);
    assert.deepEqual(events.at(-1), { kind: "build", id: "#1", name: "[1/1] RUN x", state: "done", ms: 2500 });
  });

  test("a step that was cached says so", () => {
    const { words } = told({ vertexes: [{ digest: "a", name: "RUN x", started: at, completed: at, cached: true }] });
    assert.deepEqual(words, ["#1 started", "#1 cached"]);
  });

  test("pieces of a line are one line, each stream's own, and characters are not cut", () => {
    const character = Buffer.from("é");
    const { words } = told(
      begins,
      log("one"),
      log("error", 2),
      log(character.subarray(0, 1)),
      log(character.subarray(1)),
      log(" more\n"),
      log("\n", 2),
    );
    assert.deepEqual(words, ["#1 started", "#1 log: oneé more", "#1 log: error"]);
  });

  test("a failure has its step, its error and its last words, those without a line end too", () => {
    const many = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join("");
    const ends = {
      vertexes: [{ digest: "a", name: "[1/1] RUN x", started: at, completed: later, error: "exit code: 42" }],
      ...log("the last"),
    };
    const { failed, words } = told(begins, log(many), ends);
    assert.deepEqual([failed?.name, failed?.error, failed?.log.length], ["[1/1] RUN x", "exit code: 42", 20]);
    assert.equal(failed?.log.at(-1), "the last");
    assert.equal(words.at(-1), "#1 failed");
  });

  test("a step that was only ended because another failed is not the one that failed", () => {
    const failing = { vertexes: [{ digest: "a", name: "RUN x", started: at, completed: later, error: "exit code: 1" }] };
    const ended = { vertexes: [{ digest: "b", name: "RUN y", started: at, completed: later, error: "failed: context canceled" }] };
    assert.equal(told(failing, ended).failed?.name, "RUN x");
  });

  test("credentials that a program prints are not shown", () => {
    const { words, failed } = told(begins, log("cloning https://me:hunter2@git.example/x\n"), {
      vertexes: [{ digest: "a", name: "RUN x", started: at, completed: later, error: "at https://me:hunter2@git.example/x" }],
    });
    assert.doesNotMatch(JSON.stringify([words, failed]), /hunter2/);
  });

  test("lines that are no progress are kept, without what could drive a terminal", () => {
    const { rest, words } = told("ERROR: \u001b[31mno builder", "{ not json", "");
    assert.deepEqual([rest, words], [["ERROR: [31mno builder", "{ not json"], []]);
  });

  test("JSON of another shape is no progress", () => {
    const lines = [
      '{"vertexes":"x"}',
      '{"vertexes":[null]}',
      '{"vertexes":[{"digest":"a","name":5}]}',
      '{"logs":[{"vertex":"a","data":5}]}',
      "[1]",
    ];
    const { rest, words } = told(...lines);
    assert.deepEqual([rest, words], [lines, []]);
    assert.deepEqual(told({ vertexes: null, logs: null }).rest, []);
  });

  test("steps of the Dockerfile are counted, those that a cache had too, and those that failed not", () => {
    const step = (name: string, more: object = {}) => ({ digest: name, name, started: at, completed: later, ...more });
    const names = ["[internal] load build definition", "[1/4] FROM base", "[build 2/4] COPY a b", "exporting to oci image format"];
    const { steps, cached } = told({
      vertexes: [...names.map((name) => step(name)), step("[3/4] RUN x", { cached: true }), step("[4/4] RUN y", { error: "exit code: 1" })],
    });
    assert.deepEqual([steps, cached], [2, 1]);
  });

  test("a cache that is not there is no failure, and one that cannot be written does not fail the build", () => {
    const step = (name: string, error?: string) => ({ vertexes: [{ digest: name, name, started: at, completed: later, error }] });
    const absent = told(step("importing cache manifest from r.example/a:b", "not found"));
    assert.deepEqual(absent.words, ["#1 started", "#1 log: no cache: not found", "#1 done"]);
    const refused = told(step("exporting cache to registry", "denied"));
    assert.deepEqual([refused.failed, refused.cacheExport], [undefined, { done: true, ms: 2500, error: "denied" }]);
    assert.deepEqual(told(step("exporting to GitHub Actions Cache")).cacheExport, { done: true, ms: 2500, error: undefined });
    assert.equal(told(step("exporting to oci image format")).cacheExport, undefined);
  });

  test("a line without end is shown in parts", () => {
    const { words } = told(begins, ...Array.from({ length: 30 }, () => log("x".repeat(1000))));
    assert.equal(words.length, 3);
  });
});
