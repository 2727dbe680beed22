import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { run, start } from "../../src/process/index.ts";

const node = process.execPath;

test("a program's output and exit code come back", async () => {
  const result = await run(node, ["-e", "process.stdout.write('out'); process.stderr.write('err'); process.exit(3)"]);
  assert.deepEqual([result.exitCode, result.stdout.toString(), result.stderr], [3, "out", "err"]);
});

test("input is given as text or as a stream", async () => {
  const echo = ["-e", "process.stdin.pipe(process.stdout)"];
  assert.equal((await run(node, echo, { input: "text" })).stdout.toString(), "text");
  async function* big() {
    for (let i = 0; i < 64; i++) yield new Uint8Array(65536);
  }
  assert.equal((await run(node, echo, { input: big() })).stdout.length, 64 * 65536);
});

test("a program that ends without reading its input is judged by its exit code", async () => {
  assert.equal((await run(node, ["-e", "process.exit(5)"], { input: "x".repeat(1 << 20) })).exitCode, 5);
});

test("lines are heard as they come", async () => {
  const lines: string[] = [];
  await run(node, ["-e", "console.log('a'); console.log('b'); process.stdout.write('c')"], { onStdout: (line) => lines.push(line) });
  assert.deepEqual(lines, ["a", "b", "c"]);
});

test("a program that is not installed is PROGRAM_MISSING", async () => {
  await assert.rejects(
    run("waybill-no-such-program", []),
    (thrown) => thrown instanceof Failure && thrown.code === "PROGRAM_MISSING" && thrown.exitCode === 2,
  );
});

test("a program that outlives its time limit is ended and gives 124", async () => {
  assert.equal((await run(node, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 200 })).exitCode, 124);
});

test("an aborted signal ends the program and throws its reason", async () => {
  const reason = new Failure("INTERRUPTED", "stopped by the test");
  const aborter = new AbortController();
  setTimeout(() => aborter.abort(reason), 100);
  await assert.rejects(run(node, ["-e", "setInterval(() => {}, 1000)"], { signal: aborter.signal }), reason);
});

test("a program that prints without end is stopped at the limit", async () => {
  const result = await run("yes", [], { maxBytes: 1 << 20 });
  assert.ok(result.exitCode >= 128);
  assert.ok(result.stdout.length <= 1 << 20);
});

test("an interrupted program's own programs are ended along with it, where that is asked for", async () => {
  const interruption = new AbortController();
  // The one that was started ignores the signal, and the one that it starts holds the output open.
  const script = `
    const { spawn } = require("node:child_process");
    process.on("SIGTERM", () => {});
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    other.on("spawn", () => console.log(other.pid));
    setInterval(() => {}, 1000);`;
  let other = 0;
  const running = run(node, ["-e", script], {
    signal: interruption.signal,
    withDescendants: true,
    onStdout: (line) => {
      other = Number(line);
      interruption.abort(new Error("enough"));
    },
  });
  await assert.rejects(running, /enough/);
  assert.throws(() => process.kill(other, 0), { code: "ESRCH" });
});

test("a program whose input breaks off is ended, and what broke it is thrown", async () => {
  const broken = new Failure("CONTENT_MISMATCH", "not what it should be");
  async function* input() {
    yield new Uint8Array(10);
    throw broken;
  }
  await assert.rejects(run(node, ["-e", "process.stdin.resume()"], { input: input() }), broken);
});

test("stopping a program that has ended does nothing, and keeps nothing waiting", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
  const running = start(node, ["-e", ""]);
  running.stdout.resume();
  running.stderr.resume();
  await running.exited;
  const before = timers();
  running.stop();
  assert.equal(timers(), before);
});
