import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createWords } from "../../../src/build/buildx/builder.ts";
import { cacheWords } from "../../../src/build/buildx/cache.ts";
import { buildWords, layoutOutput } from "../../../src/build/buildx/words.ts";
import { masking } from "../../../src/failure/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../../support/base-image.ts";
import { aBuildRequest } from "../../support/context.ts";

const given = { dockerfile: "docker/Dockerfile", place: "-" };
const usual = { mode: "max", timeoutMs: 1 } as const;

suite("the words that buildx is run with", () => {
  test("a request's, in their order", async () => {
    const request = { ...aBuildRequest("FROM scratch\n", { target: "it", args: { A: "b=c d" } }), contexts: {} };
    assert.deepEqual(await buildWords(request, given, undefined), [
      "build",
      "--progress=rawjson",
      "--provenance=false",
      "--sbom=false",
      "--platform=linux/amd64",
      "--file=docker/Dockerfile",
      "--target=it",
      "--build-arg=A=b=c d",
    ]);
  });

  test("what was resolved is handed on by its digest: images, further contexts, the frontend", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const store = memoryStore();
    const further = await aBaseImage(store);
    const request = {
      ...aBuildRequest("# syntax=docker/dockerfile:1\nFROM debian:12\n", { images: imagesOf(store, { further }) }),
      contexts: { further: "registry.example/further:1" },
      pins: {
        "debian:12": `docker.io/library/debian@${digest}`,
        "docker/dockerfile:1": `docker.io/docker/dockerfile@${digest}`,
        [`x@${digest}`]: `x@${digest}`,
      },
    };
    const words = await buildWords(request, given, undefined);
    assert.deepEqual(words.slice(6), [
      `--build-arg=BUILDKIT_SYNTAX=docker.io/docker/dockerfile@${digest}`,
      `--build-context=further=docker-image://registry.example/further@${further.digest}`,
      `--build-context=debian:12=docker-image://docker.io/library/debian@${digest}`,
    ]);
  });

  test("an output's, with all that decides its bytes", () => {
    assert.equal(
      layoutOutput('/a, "b"'),
      '--output=type=oci,"dest=/a, ""b""",tar=false,rewrite-timestamp=true,oci-mediatypes=true,compression=gzip',
    );
    assert.match(layoutOutput("/a", "zstd"), /,compression=zstd$/);
  });

  test("a cache's: one that every registry takes, and whose export may fail", async () => {
    const ref = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:cache";
    const registry = await cacheWords({ ...usual, type: "registry", ref }, {});
    assert.deepEqual(registry.from, [`--cache-from=type=registry,ref=${ref}`]);
    assert.deepEqual(registry.to, [
      `--cache-to=type=registry,ref=${ref},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    ]);
    const variables = { ACTIONS_RUNTIME_TOKEN: "x", ACTIONS_RESULTS_URL: "https://results.example/" };
    const actions = await cacheWords({ ...usual, mode: "min", type: "gha", scope: "main" }, variables);
    assert.deepEqual(
      [actions.from, actions.to],
      [["--cache-from=type=gha,scope=main"], ["--cache-to=type=gha,scope=main,mode=min,ignore-error=true"]],
    );
    const none = await cacheWords({ ...usual, type: "none" }, {});
    assert.deepEqual([none.from, none.to, none.warning], [[], [], undefined]);
    const nowhere = await cacheWords({ ...usual, type: "local", dir: "/nowhere/at/all" }, {});
    assert.deepEqual(nowhere.from, []);
  });

  test("an address': its certificates are options of the driver, and the rest stays", () => {
    const created = ["create", "--name=waybill", "--driver=remote"];
    assert.deepEqual(createWords("unix:///run/a?b"), [...created, "unix:///run/a?b"]);
    assert.deepEqual(createWords("kube-pod://a?namespace=b"), [...created, "kube-pod://a?namespace=b"]);
    assert.deepEqual(createWords("tcp://a:1?cacert=/c&servername=s"), [
      ...created,
      "--driver-opt=cacert=/c",
      "--driver-opt=servername=s",
      "tcp://a:1",
    ]);
    assert.throws(() => createWords("tcp://a:1?insecure=1"), { code: "CONFIG_INVALID", message: /the option insecure/ });
  });
});

suite("the values of secrets", () => {
  test("are taken out of text, whole and line by line", () => {
    const mask = masking(["first line\nsecond line\n", "abcd", "abcdefgh"]);
    assert.equal(mask("a second line, first line\nsecond line; abcdefgh abcd"), "a ***, ***; *** ***");
  });

  test("stay where they are so short that they stand in any text", () => {
    assert.equal(masking(["a", "", "\n"])("a banana"), "a banana");
  });
});
