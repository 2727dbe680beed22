import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { progressReader } from "../../../src/build/buildah/progress.ts";
import type { Event } from "../../../src/report/index.ts";

function reading(lines: readonly string[], mask = (text: string) => text) {
  const events: Event[] = [];
  const reader = progressReader((event) => void events.push(event), mask);
  for (const line of lines) reader.hear(line);
  const shown = () => events.map((event) => (event.kind === "build" ? [event.id, event.state, event.log ?? event.name] : [event.kind]));
  return { reader, events, shown };
}

suite("what buildah prints", () => {
  test("becomes steps: each ends where the next one begins, with its time", () => {
    const { reader, events, shown } = reading(["STEP 1/2: FROM scratch", "STEP 2/2: RUN make", "making", "COMMIT", "--> 2be78eab0b0"]);
    reader.ended(true);
    assert.deepEqual(shown(), [
      ["#1", "started", "1/2 FROM scratch"],
      ["#1", "done", "1/2 FROM scratch"],
      ["#2", "started", "2/2 RUN make"],
      ["#2", "log", "making"],
      ["#2", "done", "2/2 RUN make"],
    ]);
    assert.ok(events.every((event) => event.kind === "build" && (event.state !== "done" || (event.ms ?? -1) >= 0)));
  });

  test("tells stages, and which steps the cache had", () => {
    const { reader, shown } = reading([
      "[1/2] STEP 1/1: FROM x AS one",
      "[2/2] STEP 1/2: FROM y",
      "[2/2] STEP 2/2: COPY a /",
      `--> Using cache ${"6d17245e".repeat(8)}`,
      "[2/2] COMMIT",
    ]);
    assert.deepEqual(
      shown().filter(([, state]) => state !== "started"),
      [
        ["#1", "done", "[1/2] 1/1 FROM x AS one"],
        ["#2", "done", "[2/2] 1/2 FROM y"],
        ["#3", "cached", "[2/2] 2/2 COPY a /"],
      ],
    );
    const { steps, cached } = reader.told();
    assert.deepEqual([steps, cached], [3, 1]);
  });

  test("is a new step also behind words that a program left without a line end", () => {
    const { shown } = reading(["STEP 1/2: RUN printf x", "x[2/2] STEP 2/2: COPY a /"]);
    assert.deepEqual(shown().slice(1), [
      ["#1", "log", "x"],
      ["#1", "done", "1/2 RUN printf x"],
      ["#2", "started", "[2/2] 2/2 COPY a /"],
    ]);
  });

  test("keeps the step that failed, the reason, and the last twenty lines", () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const { reader, shown } = reading(["STEP 1/1: RUN make", ...lines, 'Error: building at STEP "RUN make": exit status 2']);
    reader.ended(false);
    const { step, error } = reader.told();
    assert.equal(step?.name, "1/1 RUN make");
    assert.equal(step?.log.length, 20);
    assert.equal(step?.log.at(-2), "line 29");
    assert.match(error ?? "", /exit status 2/);
    assert.deepEqual(shown().at(-1), ["#1", "failed", "1/1 RUN make"]);
  });

  test("has no value of a secret in it, and nothing that drives a terminal", () => {
    const { shown } = reading(["STEP 1/1: RUN echo hunter2", "it is hunter2 \u001b[2J"], (text) => text.replaceAll("hunter2", "***"));
    assert.deepEqual(shown(), [
      ["#1", "started", "1/1 RUN echo ***"],
      ["#1", "log", "it is *** [2J"],
    ]);
  });
});
