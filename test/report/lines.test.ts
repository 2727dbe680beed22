import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { digestOf } from "../../src/oci/index.ts";
import { type Event, plainRenderer } from "../../src/report/index.ts";
import { harmless } from "../../src/report/render/lines.ts";

const digest = digestOf(new TextEncoder().encode("x"));

function shown(event: Event, verbose = false): string {
  let text = "";
  const renderer = plainRenderer(
    (part) => {
      text += part;
    },
    { verbose },
  );
  renderer.emit(event);
  renderer.close();
  return text;
}

suite("plain lines", () => {
  test("tell how a step ended and how long it took", () => {
    assert.equal(shown({ kind: "step", step: "survey", state: "started" }), "");
    assert.equal(shown({ kind: "step", step: "survey", state: "done", ms: 1234, detail: "1 absent" }), "survey   1 absent (1.2 s)\n");
    assert.match(shown({ kind: "step", step: "tag", state: "failed", ms: 3, detail: "no" }), /^tag {6}failed \(3 ms\)/);
  });

  test("tell each retry with its cause and the time until the next attempt", () => {
    const line = shown({ kind: "retry", method: "PUT", url: "https://r.example/v2/", attempt: 2, waitMs: 1500, cause: "503" });
    assert.equal(line, "warning: PUT https://r.example/v2/: 503 (attempt 2); trying again in 1.5 s\n");
  });

  test("tell transfers and details only to who asks for them", () => {
    const transfer: Event = {
      kind: "transfer",
      state: "written",
      to: "r/x",
      descriptor: { mediaType: "a/b", digest, size: 2048 },
      bytes: 2048,
    };
    assert.equal(shown(transfer), "");
    assert.equal(shown(transfer, true), `  written 2.0 KiB ${digest} at r/x\n`);
    assert.equal(shown({ kind: "detail", text: "why" }), "");
  });

  test("say why a tag stayed", () => {
    const line = shown({ kind: "tag", destination: "r/x", tag: "latest", digest, outcome: "kept", why: "it is newer" });
    assert.equal(line, `  r/x:latest kept: ${digest} (it is newer)\n`);
  });

  test("show a finding with its place and hint", () => {
    const finding = { level: "error", code: "platform-mismatch", message: "m", hint: "h", where: { destination: "r/x" } } as const;
    assert.equal(shown({ kind: "finding", finding }), "error: m (r/x) [platform-mismatch]\n  hint: h\n");
  });

  test("cannot be made a workflow command or a terminal's control by what a build prints", () => {
    const log = "::error::forged\n\u001b[2Jcleared\n##[add-path]/evil";
    const text = shown({ kind: "build", id: "#5", name: "RUN", state: "log", log });
    assert.equal(text, "  #5 | ::error::forged\n  #5 | [2Jcleared\n  #5 | ## [add-path]/evil\n");
  });

  test("hold no control character and no command, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const line = harmless(text);
        assert.doesNotMatch(line, /^\s*::|##\[/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
        assert.doesNotMatch(line, /[\u0000-\u0008\n-\u001f\u007f-\u009f]/);
      }),
    );
  });
});
