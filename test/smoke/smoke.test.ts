import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { suite, test } from "node:test";
import { extract } from "tar-stream";
import { Failure, type FailureCode } from "../../src/failure/index.ts";
import { encodedOf, type RuntimeConfig } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { type Smoked, type SmokeWish, smoke } from "../../src/smoke/index.ts";
import { memoryStore, readManifest } from "../../src/store/index.ts";
import { aBaseImage } from "../support/base-image.ts";
import { listening } from "../support/http-service.ts";
import { anIndex } from "../support/images.ts";
import { programs } from "../support/programs.ts";
import { aPretendedRuntime, ended, type Pretended, type PretendedRuntime, running, untilRemoved } from "./support.ts";

const health: RuntimeConfig = { Healthcheck: { Test: ["CMD", "check"] } };
const impatient: RuntimeConfig = { Healthcheck: { Test: ["CMD", "check"], Interval: 1e6, Retries: 1 } };
const exposed: RuntimeConfig = { ExposedPorts: { "8080/tcp": {} } };

/** Starts an image of this configuration in a runtime that only pretends. */
async function started(
  config: RuntimeConfig,
  does: Pretended,
  wish: SmokeWish = {},
): Promise<{ readonly smoked: Smoked; readonly calls: readonly string[] }> {
  await using runtime = await aPretendedRuntime(does);
  const smoked = await startIn(runtime, config, wish);
  return { smoked, calls: await runtime.calls() };
}

async function startIn(runtime: PretendedRuntime, config: RuntimeConfig, wish: SmokeWish, signal?: AbortSignal): Promise<Smoked> {
  const store = memoryStore();
  const root = await aBaseImage(store, { layers: [[], []], config });
  return await smoke({ kind: "stored", store, root }, wish, { env: runtime.env, emit: () => {}, signal });
}

const refused = (code: FailureCode, message: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof Failure, String(thrown));
  assert.equal(thrown.code, code);
  assert.match(thrown.message, message);
  return true;
};

suite("an image with a HEALTHCHECK", () => {
  test("passes as soon as the check does", async () => {
    const { smoked, calls } = await started(health, { exec: '[ "$3" = check ]' });
    assert.deepEqual(
      [smoked.passed, smoked.outcome, smoked.runtime, smoked.platform],
      [true, "its HEALTHCHECK passed", "docker", "linux/amd64"],
    );
    assert.ok(calls.some((call) => /^exec waybill-smoke-[0-9a-f]{16} check$/.test(call)));
  });

  test("is asked again until it passes", async () => {
    const { smoked, calls } = await started(health, { exec: '[ "$(grep -c ^exec "$HERE/calls")" = 3 ]' });
    assert.equal(smoked.passed, true);
    assert.equal(calls.filter((call) => call.startsWith("exec")).length, 3);
  });

  test("does not pass where the check has not within the time that the image allows", async () => {
    const { smoked } = await started(impatient, {
      start: `echo booting; ${untilRemoved}`,
      exec: `echo 'no answer yet' >&2; echo 'time="now" level=fatal msg="exec failed"' >&2; exit 1`,
    });
    assert.equal(smoked.passed, false);
    assert.equal(smoked.outcome, "its HEALTHCHECK did not pass within 1.0 s: the check ended with 1: no answer yet");
    assert.deepEqual(smoked.log, ["booting"]);
  });

  test("does not pass where the container ends before, even with 0", async () => {
    const { smoked } = await started(health, { start: "exit 0", exec: "exit 1", state: { State: ended(0) } });
    assert.deepEqual([smoked.passed, smoked.outcome], [false, "it ended with exit code 0 before its HEALTHCHECK passed"]);
  });
});

suite("an image without a HEALTHCHECK", () => {
  test("passes where it stays up", async () => {
    const { smoked } = await started({}, {}, { timeoutMs: 50 });
    assert.deepEqual([smoked.passed, smoked.outcome], [true, "up for 50 ms"]);
  });

  test("passes where it ends with 0", async () => {
    const { smoked } = await started({}, { start: "echo hello", state: { State: ended(0) } });
    assert.deepEqual([smoked.passed, smoked.outcome, smoked.log], [true, "it ended with exit code 0", ["hello"]]);
  });

  test("does not pass where it ends with anything else, and what it printed is told", async () => {
    const { smoked } = await started({}, { start: "echo out; echo err >&2; exit 137", state: { State: ended(137, { OOMKilled: true }) } });
    assert.deepEqual([smoked.passed, smoked.outcome], [false, "it ended with exit code 137, out of memory"]);
    assert.deepEqual(smoked.log.toSorted(), ["err", "out"]);
  });

  test("values that it is given are not shown", async () => {
    const { smoked } = await started({}, { start: "echo key is s3cr3t-value", state: { State: ended(0) } }, { env: ["KEY=s3cr3t-value"] });
    assert.deepEqual(smoked.log, ["key is ***"]);
  });
});

suite("an image that is asked over HTTP", () => {
  const withServer = async (codes: readonly number[], wish: SmokeWish, config = exposed) => {
    let asked = 0;
    const server = createServer((request, response) => response.writeHead(request.url === "/health" ? (codes[asked++] ?? 200) : 404).end());
    await using listens = await listening(server);
    const Ports = { "8080/tcp": [{ HostPort: new URL(listens.url).port }] };
    return await started(config, { state: { State: running, NetworkSettings: { Ports } } }, { http: "/health", ...wish });
  };

  test("passes with the first answer that counts, and its port is published", async () => {
    const { smoked, calls } = await withServer([503, 500], {});
    assert.deepEqual([smoked.passed, smoked.outcome], [true, "GET /health at port 8080 passed"]);
    assert.ok(calls.some((call) => call.startsWith("create") && call.includes("--publish=127.0.0.1::8080")));
  });

  test("does not pass with an answer that does not count", async () => {
    const { smoked } = await withServer([200, 200, 200, 200], { status: "204", timeoutMs: 20 });
    assert.match(smoked.outcome, /did not pass within 20 ms: GET \/health answered 200, and 204 was expected/);
  });

  test("is not guessed a port", async () => {
    await assert.rejects(withServer([], {}, {}), refused("CONFIG_MISSING", /exposes no port/));
    const two = { ExposedPorts: { "80/tcp": {}, "443/tcp": {}, "53/udp": {} } };
    await assert.rejects(withServer([], {}, two), refused("CONFIG_MISSING", /several ports: 80, 443/));
  });
});

suite("a container that does not start", () => {
  const created = { State: { Status: "created", Running: false, ExitCode: 0, StartedAt: "0001-01-01T00:00:00Z" } };
  const words = {
    "a program that is not there":
      'Error response from daemon: OCI runtime create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
    "a program that is none": 'Error: runc create failed: exec: "/etc/passwd": permission denied: OCI permission denied',
    "a user that is not there": "docker: Error response from daemon: unable to find user app: no matching entries in passwd file",
    "crun's words": "Error: crun: executable file `/nope` not found: No such file or directory",
  };
  for (const [name, said] of Object.entries(words))
    test(`${name} is the image's matter`, async () => {
      const { smoked } = await started(health, { start: `echo '${said}' >&2; exit 1`, exec: "exit 1", state: created });
      assert.equal(smoked.passed, false);
      assert.match(smoked.outcome, /^its program could not be started: (?:exec: |unable to find user|executable file)/);
      assert.doesNotMatch(smoked.outcome, /: unknown$/);
    });

  test("all else is the runtime's", async () => {
    const rlimit = "Error: runc: error setting rlimits for ready process: operation not permitted: OCI permission denied";
    const starting = started(health, { start: `echo '${rlimit}' >&2; exit 126`, exec: "exit 1", state: created });
    await assert.rejects(starting, refused("RUNTIME_FAILED", /docker could not start the container: Error: runc: error setting rlimits/));
  });
});

suite("whatever happens", () => {
  const cleaned = async (runtime: PretendedRuntime): Promise<void> => {
    const calls = await runtime.calls();
    const name = calls.find((call) => call.startsWith("create"))?.match(/--name=(\S+)/)?.[1];
    const image = calls.find((call) => call.startsWith("image rm"))?.split(" ")[2];
    assert.match(image ?? "", /^localhost\/waybill-smoke:[0-9a-f]{16}$/);
    if (name !== undefined) assert.ok(calls.includes(`rm --force --volumes ${name}`), calls.join("\n"));
  };

  test("container and image are removed: when it passed, failed, and could not be created", async () => {
    for (const does of [
      {},
      { start: "exit 1", state: { State: ended(1) } },
      { create: "echo 'no space' >&2; exit 125" },
    ] satisfies Pretended[]) {
      await using runtime = await aPretendedRuntime(does);
      await startIn(runtime, {}, { timeoutMs: 20 }).catch((thrown: unknown) =>
        refused("RUNTIME_FAILED", /create the container: no space/)(thrown),
      );
      await cleaned(runtime);
    }
  });

  test("they are removed when it is interrupted", async () => {
    await using runtime = await aPretendedRuntime({ exec: "exit 1" });
    const interruption = new AbortController();
    const starting = startIn(runtime, health, {}, interruption.signal);
    while (!(await runtime.calls().catch(() => [])).some((call) => call.startsWith("exec")))
      await new Promise((resolve) => setTimeout(resolve, 10));
    interruption.abort(new Failure("INTERRUPTED", "interrupted"));
    await assert.rejects(starting, refused("INTERRUPTED", /interrupted/));
    await cleaned(runtime);
  });

  test("a load that fails leaves nothing, and says the runtime's own words", async () => {
    await using runtime = await aPretendedRuntime({ load: "echo 'no space left on device' >&2; exit 1" });
    await assert.rejects(startIn(runtime, {}, {}), refused("RUNTIME_FAILED", /docker could not load the image: no space left on device/));
    await cleaned(runtime);
  });
});

suite("what is handed to the runtime", () => {
  test("is an archive with the very config and layers, under a name of its own", async () => {
    await using runtime = await aPretendedRuntime({ start: "exit 0", state: { State: ended(0) } });
    const store = memoryStore();
    const root = await aBaseImage(store, { layers: [[{ name: "a", content: "a" }], [], []], config: {} });
    await smoke({ kind: "stored", store, root }, {}, { env: runtime.env, emit: () => {} });
    const manifest = await readManifest(store, root);
    assert.ok(manifest.kind === "manifest");
    const entries = new Map<string, Buffer>();
    const archive = extract();
    archive.end(await runtime.loaded());
    for await (const entry of archive) entries.set(entry.header.name, Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)));
    const [saved] = JSON.parse(entries.get("manifest.json")?.toString() ?? "[]");
    assert.match(saved.RepoTags[0], /^localhost\/waybill-smoke:/);
    assert.equal(saved.Config, `blobs/sha256/${encodedOf(manifest.config.digest)}`);
    assert.deepEqual(
      saved.Layers,
      manifest.layers.map(({ digest }) => `blobs/sha256/${encodedOf(digest)}`),
    );
    // Two of the layers are the same and stand there once.
    assert.equal(entries.size, 4);
    for (const path of saved.Layers) assert.ok((entries.get(path)?.length ?? 0) > 0);
  });

  test("comes out of a file for containerd's runtime, which takes no socket for input, and nothing is left of that", async () => {
    await using runtime = await aPretendedRuntime({ start: "exit 0", state: { State: ended(0) } }, "nerdctl");
    assert.equal((await startIn(runtime, {}, {})).passed, true);
    const load = (await runtime.calls()).find((call) => call.startsWith("load ")) ?? "";
    const [, file = ""] = /^load --platform=linux\/amd64 --input=(.+)$/.exec(load) ?? [];
    assert.ok((await runtime.loaded()).includes("manifest.json"));
    assert.equal(existsSync(file), false);
  });

  test("is of an index the image for the platform, and for none that is not there", async () => {
    await using runtime = await aPretendedRuntime({ start: "exit 0", state: { State: ended(0) } });
    const store = memoryStore();
    const root = await anIndex(store, ["linux/s390x", "linux/riscv64"], { attested: true });
    const options = { env: runtime.env, emit: () => {} };
    const smoked = await smoke({ kind: "stored", store, root, platform: { os: "linux", architecture: "riscv64" } }, {}, options);
    assert.equal(smoked.platform, "linux/riscv64");
    await assert.rejects(
      smoke({ kind: "stored", store, root }, {}, options),
      refused("NOT_FOUND", /it holds linux\/s390x, linux\/riscv64/),
    );
  });

  test("an image of another architecture that does not come up is told why", async () => {
    await using runtime = await aPretendedRuntime({ start: "echo 'exec /app: exec format error'; exit 1", state: { State: ended(1) } });
    const store = memoryStore();
    const root = await aBaseImage(store, { platform: "linux/s390x" });
    const smoked = await smoke({ kind: "stored", store, root }, {}, { env: runtime.env, emit: () => {} });
    assert.match(smoked.hint ?? "", /for linux\/s390x and this machine is linux\/[a-z0-9]+: it needs emulation/);
  });
});

suite("an image that the runtime has", () => {
  test("is started as it is, and stays", async () => {
    const Config = { Healthcheck: { Test: ["CMD", "check"] } };
    const image = `echo '${JSON.stringify([{ Os: "linux", Architecture: "amd64", Config }])}'`;
    await using runtime = await aPretendedRuntime({ image });
    const smoked = await smoke({ kind: "local", name: "app:dev" }, {}, { env: runtime.env, emit: () => {} });
    assert.deepEqual([smoked.passed, smoked.outcome], [true, "its HEALTHCHECK passed"]);
    const calls = await runtime.calls();
    assert.ok(calls.some((call) => call.startsWith("create") && call.endsWith(" app:dev")));
    assert.ok(!calls.some((call) => call.startsWith("load") || call.startsWith("image rm")));
  });

  test("has its HEALTHCHECK beside its configuration in podman", async () => {
    const image = `echo '${JSON.stringify([{ Os: "linux", Architecture: "amd64", Config: {}, HealthCheck: { Test: ["CMD", "check"] } }])}'`;
    await using runtime = await aPretendedRuntime({ image }, "podman");
    const smoked = await smoke({ kind: "local", name: "app:dev" }, {}, { env: runtime.env, emit: () => {} });
    assert.deepEqual([smoked.runtime, smoked.outcome], ["podman", "its HEALTHCHECK passed"]);
  });

  test("must be there", async () => {
    await using runtime = await aPretendedRuntime({});
    const starting = smoke({ kind: "local", name: "app:dev" }, {}, { env: runtime.env, emit: () => {} });
    await assert.rejects(starting, refused("NOT_FOUND", /docker has no image app:dev/));
  });
});

suite("the runtime", () => {
  test("is the first that works", async () => {
    await using runtime = await programs({
      docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
      podman:
        'case "$1" in container) echo \'[{"State":{"Status":"exited","ExitCode":0,"StartedAt":"2026-01-01"}}]\';; load) cat > /dev/null;; esac',
    });
    const store = memoryStore();
    const events: Event[] = [];
    const root = await aBaseImage(store);
    const smoked = await smoke({ kind: "stored", store, root }, {}, { env: runtime.env, emit: (event) => void events.push(event) });
    assert.equal(smoked.runtime, "podman");
    assert.ok(events.some((event) => event.kind === "message" && event.text.startsWith("started with podman; waiting for it to stay up")));
  });

  test("is missing where none does, and why is said of each", async () => {
    await using runtime = await programs({ docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1" });
    const starting = smoke({ kind: "local", name: "app" }, {}, { env: runtime.env, emit: () => {} });
    await assert.rejects(
      starting,
      refused(
        "RUNTIME_MISSING",
        /docker does not work: Cannot connect to the Docker daemon; podman is not installed; nerdctl is not installed/,
      ),
    );
    const named = smoke({ kind: "local", name: "app" }, { runtime: "nerdctl" }, { env: runtime.env, emit: () => {} });
    await assert.rejects(named, refused("RUNTIME_MISSING", /: nerdctl is not installed$/));
  });
});
