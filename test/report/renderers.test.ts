import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { suite, test } from "node:test";
import { digestOf } from "../../src/oci/index.ts";
import { type Event, groupRenderer, jsonLinesRenderer, openTerminalRenderer } from "../../src/report/index.ts";

const digest = digestOf(new TextEncoder().encode("x"));
const descriptor = { mediaType: "a/b", digest, size: 4096 };

/** A terminal of 80 columns that keeps what is written to it. */
function aTerminal(): { readonly stream: NodeJS.WriteStream; text(): string } {
  let text = "";
  const stream = new PassThrough();
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  return { stream: Object.assign(stream, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream, text: () => text };
}

const deliverStarted: Event = { kind: "step", step: "deliver", state: "started" };
const deliverDone: Event = { kind: "step", step: "deliver", state: "done", ms: 5, detail: "to 1 destination" };

suite("GitHub's log groups", () => {
  function grouped(events: readonly Event[]): readonly string[] {
    let text = "";
    const renderer = groupRenderer(
      (part) => {
        text += part;
      },
      { verbose: false },
    );
    for (const event of events) renderer.emit(event);
    renderer.close();
    return text.trimEnd().split("\n");
  }

  test("hold what happened in a step; how it ended stands below", () => {
    const lines = grouped([deliverStarted, { kind: "message", level: "info", text: "inside" }, deliverDone]);
    assert.deepEqual(lines, ["::group::deliver", "  inside", "::endgroup::", "deliver  to 1 destination (5 ms)"]);
  });

  test("never hide a warning, an error or a tag", () => {
    const lines = grouped([deliverStarted, { kind: "message", level: "warning", text: "look" }, deliverDone]);
    assert.deepEqual(lines.slice(0, 3), ["::group::deliver", "::endgroup::", "warning: look"]);
  });

  test("are closed where a run ends in the middle of a step", () => {
    assert.deepEqual(grouped([deliverStarted]), ["::group::deliver", "::endgroup::"]);
  });
});

suite("JSON lines", () => {
  test("are the events, one a line, with their time", () => {
    const lines: string[] = [];
    const renderer = jsonLinesRenderer((text) => lines.push(text));
    renderer.emit(deliverDone);
    const parsed = JSON.parse(lines[0] ?? "");
    assert.equal(typeof parsed.at, "number");
    assert.deepEqual({ ...parsed, at: undefined }, { ...deliverDone, at: undefined });
  });
});

suite("a terminal", () => {
  test("shows a bar for what is on its way, and leaves only lines behind", async () => {
    const terminal = aTerminal();
    const renderer = await openTerminalRenderer(terminal.stream, { verbose: false, color: false });
    renderer.emit(deliverStarted);
    renderer.emit({ kind: "transfer", state: "progress", to: "r/x", descriptor, bytes: 1024 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.match(terminal.text(), /━━━.*1\.0 KiB of 4\.0 KiB/);
    renderer.emit({ kind: "transfer", state: "written", to: "r/x", descriptor, bytes: 4096 });
    renderer.emit(deliverDone);
    renderer.close();
    assert.match(terminal.text(), /✔ deliver {2}to 1 destination \(5 ms\)\n/);
  });

  test("does not colour where it is told not to", async () => {
    const terminal = aTerminal();
    const renderer = await openTerminalRenderer(terminal.stream, { verbose: false, color: false });
    renderer.emit({ kind: "message", level: "warning", text: "look" });
    renderer.close();
    assert.match(terminal.text(), /warning: look\n/);
    assert.ok(!terminal.text().includes("\u001b[33m"));
  });
});
