import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { mediaTypes } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { aBaseImage } from "../support/base-image.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";
import { publish, readRelease } from "./support.ts";

suite("A base image's layers", () => {
  test("are mounted within one registry, and go straight from one registry to another", async () => {
    await using registry = await anEmbeddedRegistry();
    await using far = await anEmbeddedRegistry();
    const { host } = registry.served;
    const app = elfProgram("amd64", "hello\n");
    await aBaseImage(registry.repositories.open("team/base"), {
      layers: [[{ name: "app", mode: 0o755, content: app }], [{ name: "etc/motd", content: "hello" }]],
      config: { Entrypoint: ["/app"] },
      tag: "1",
    });
    const repository = keep(aRepository());
    const sha = repository.commit({ Dockerfile: `FROM ${host}/team/base:1\nCOPY a /a\n`, a: "a" });
    const all = [`${host}/app`, `${far.served.host}/app`];
    const moved: string[] = [];
    const emit = (event: Event): void => {
      const { kind } = event;
      if (kind === "transfer" && event.descriptor.mediaType === mediaTypes.ociLayerGzip && !["started", "progress"].includes(event.state))
        moved.push(`${all.indexOf(event.to)} ${event.state}`);
    };
    const report = await publish({ repo: repository.dir, to: all, commit: sha, emit });
    assert.deepEqual(report.failures, []);
    assert.deepEqual(moved.sort(), ["0 mounted", "0 mounted", "0 written", "1 written", "1 written", "1 written"]);
    const releases = await Promise.all(all.map((to) => readRelease(to, sha)));
    assert.equal(new Set(releases.map(({ root }) => root.digest)).size, 1);
    assert.equal(releases[0]?.manifest.layers.length, 3);
  });
});
