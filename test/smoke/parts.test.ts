import assert from "node:assert/strict";
import { createServer } from "node:http";
import { suite, test } from "node:test";
import { Failure, masking } from "../../src/failure/index.ts";
import { healthOf } from "../../src/smoke/health.ts";
import { accepts, ask } from "../../src/smoke/http.ts";
import { keepLog } from "../../src/smoke/log.ts";
import { stateOf } from "../../src/smoke/state.ts";
import { listening } from "../support/http-service.ts";

const second = 1e9;

suite("a HEALTHCHECK", () => {
  const cases = {
    none: [undefined, undefined],
    "an empty test": [{ Test: [] }, undefined],
    "one that is switched off": [{ Test: ["NONE"] }, undefined],
    "a test that is no list of words": [{ Test: "CMD x" }, undefined],
    "a form that nobody knows": [{ Test: ["OTHER", "x"] }, undefined],
    "a program": [{ Test: ["CMD", "check", "-q"] }, { command: ["check", "-q"], timeoutMs: 30_000, patienceMs: 90_000 }],
    "a command line": [{ Test: ["CMD-SHELL", "a || b"] }, { command: ["/bin/sh", "-c", "a || b"], timeoutMs: 30_000, patienceMs: 90_000 }],
    "its own times": [
      { Test: ["CMD", "x"], Interval: 2 * second, Timeout: 3 * second, StartPeriod: 10 * second, Retries: 5 },
      { command: ["x"], timeoutMs: 3_000, patienceMs: 20_000 },
    ],
    "times that nobody waits for": [
      { Test: ["CMD", "x"], Interval: 1e15, Timeout: -1, StartPeriod: "long", Retries: 1.5 },
      { command: ["x"], timeoutMs: 30_000, patienceMs: 600_000 },
    ],
    "times too short to look": [
      { Test: ["CMD", "x"], Interval: 1, Timeout: 1, Retries: 1 },
      { command: ["x"], timeoutMs: 1_000, patienceMs: 1_000 },
    ],
  } as const;
  for (const [name, [Healthcheck, wanted]] of Object.entries(cases))
    test(name, () => assert.deepEqual(healthOf(Healthcheck === undefined ? {} : { Healthcheck: Healthcheck as never }), wanted));

  test("a command line is read by the image's own shell", () => {
    const config = { Shell: ["/bin/bash", "-ec"], Healthcheck: { Test: ["CMD-SHELL", "x"] } };
    assert.deepEqual(healthOf(config)?.command, ["/bin/bash", "-ec", "x"]);
  });
});

suite("an answer over HTTP", () => {
  test("codes and ranges", () => {
    assert.deepEqual(
      [199, 200, 204, 205, 301, 302, 303].map((code) => accepts("200-204,301-302", code)),
      [false, true, true, false, true, true, false],
    );
  });

  test("its code, without following where it leads; and why there is none", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/" }).end();
      else if (request.url === "/cut") request.socket.destroy();
      else if (request.url !== "/silent") response.writeHead(200).end("x".repeat(1 << 20));
    });
    const listens = await listening(server);
    const port = Number(new URL(listens.url).port);
    assert.deepEqual(await ask(port, "/moved", 5_000), { code: 302 });
    assert.deepEqual(await ask(port, "/", 5_000), { code: 200 });
    assert.deepEqual(await ask(port, "/cut", 5_000), { why: "nothing answers there" });
    assert.deepEqual(await ask(port, "/silent", 100), { why: "no answer within 0.1 s" });
    await listens[Symbol.asyncDispose]();
    assert.deepEqual(await ask(port, "/", 5_000), { why: "nothing answers there" });
  });
});

suite("what a container printed", () => {
  test("is shown without secrets and without what drives a terminal, and its indentation stays", () => {
    const log = keepLog(masking(["value of a secret"]));
    log.hear("\u001b[31mError:\u001b[0m token=abcdefgh \u001b]0;title\u0007");
    log.hear("\tat value of a secret\r");
    assert.deepEqual(log.lines(), ["Error: token=REDACTED", "  at ***"]);
  });

  test("only the last lines are kept, and the beginning of a long one", () => {
    const log = keepLog((text) => text);
    for (let index = 0; index < 1000; index++) log.hear(`line ${index}`);
    log.hear("x".repeat(100_000));
    assert.equal(log.lines().length, 40);
    assert.equal(log.lines()[0], "line 961");
    assert.equal(log.lines().at(-1)?.length, 501);
  });
});

suite("what a runtime tells of a container", () => {
  const inspected = (State: object, more = {}) => JSON.stringify([{ State, ...more }]);

  test("a running one, with the port that leads to it", () => {
    const Ports = { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "49153" }], "9090/tcp": null };
    const state = stateOf(inspected({ Status: "running", Running: true, ExitCode: 0 }, { NetworkSettings: { Ports } }));
    assert.deepEqual([state.running, state.begun, state.hostPort(8080), state.hostPort(9090)], [true, true, 49153, undefined]);
  });

  test("one that has ended, and one that never began", () => {
    const ended = stateOf(
      inspected({ Status: "exited", Running: false, ExitCode: 137, OOMKilled: true, StartedAt: "2026-01-01T00:00:00Z" }),
    );
    assert.deepEqual([ended.running, ended.begun, ended.exitCode, ended.outOfMemory], [false, true, 137, true]);
    const created = stateOf(inspected({ Status: "created", Running: false, ExitCode: 127, StartedAt: "0001-01-01T00:00:00Z" }));
    assert.equal(created.begun, false);
  });

  test("what is no answer is the runtime's failure", () => {
    for (const text of ["", "[]", "{}", "[{}]", "null", "not JSON"])
      assert.throws(
        () => stateOf(text),
        (thrown) => thrown instanceof Failure && thrown.code === "RUNTIME_FAILED",
        text,
      );
  });
});
