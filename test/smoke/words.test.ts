import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ContainerRequest, createWords, loadWords, removeWords } from "../../src/smoke/words.ts";

const request: ContainerRequest = { name: "n", image: "i", platform: "linux/amd64", env: [], network: false };

suite("what runtimes are told", () => {
  test("a container has no network unless it needs one", () => {
    assert.deepEqual(createWords("docker", request), ["create", "--name=n", "--pull=never", "--no-healthcheck", "--network=none", "i"]);
    assert.ok(!createWords("docker", { ...request, network: true }).includes("--network=none"));
  });

  test("a port is published to this machine alone, at a port of its choice", () => {
    const words = createWords("podman", { ...request, port: 8080 });
    assert.deepEqual(words, ["create", "--name=n", "--pull=never", "--no-healthcheck", "--publish=127.0.0.1::8080", "i"]);
  });

  test("variables are handed over as they are given, and the image stands behind them", () => {
    const words = createWords("docker", { ...request, env: ["A=b c", "TOKEN"] });
    assert.deepEqual(words.slice(-3), ["--env=A=b c", "--env=TOKEN", "i"]);
  });

  test("only containerd's is told the platform, and nothing of the HEALTHCHECK", () => {
    assert.deepEqual(createWords("nerdctl", request), [
      "create",
      "--name=n",
      "--pull=never",
      "--platform=linux/amd64",
      "--network=none",
      "i",
    ]);
    assert.deepEqual(loadWords("nerdctl", "linux/arm64"), ["load", "--platform=linux/arm64"]);
    assert.deepEqual(loadWords("docker", "linux/arm64"), ["load"]);
    assert.deepEqual(loadWords("nerdctl", "linux/arm64", "f.tar"), ["load", "--platform=linux/arm64", "--input=f.tar"]);
  });

  test("podman gives no ten seconds to end", () => {
    assert.deepEqual(removeWords("podman", "n"), ["rm", "--force", "--volumes", "--time=0", "n"]);
    assert.deepEqual(removeWords("docker", "n"), ["rm", "--force", "--volumes", "n"]);
  });
});
