import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";
import { must } from "./support/run.ts";

suite("without buildx", () => {
  const repository = aRepository();
  repository.commit({ Dockerfile: 'FROM scratch\nRUN ["/x"]\n', "waybill.yaml": "branches: [main]\n" });
  after(() => repository.remove());

  for (const engine of ["auto", "buildx"]) {
    test(`--engine ${engine} says what is missing, why it is needed, and what to do`, async () => {
      await using registry = await anEmbeddedRegistry();
      await using bin = await aFolder();
      for (const name of ["git", "node"]) await symlink((await must("which", [name])).trim(), join(bin.path, name));
      const { exitCode, out, said } = await waybill(
        ["publish", "--engine", engine, "--to", `${registry.served.host}/a/b`, "--output", "json"],
        {
          cwd: repository.dir,
          env: { PATH: bin.path },
        },
      );
      const [failure] = JSON.parse(out).failures;
      assert.equal(failure.code, "ENGINE_MISSING");
      assert.match(failure.message, engine === "auto" ? /Dockerfile:2 is RUN/ : /buildx was asked for/);
      assert.match(failure.hint, /Install Docker with buildx/);
      assert.equal(exitCode, 7, said);
    });
  }

  test("--engine assemble says which line it does not do", async () => {
    await using registry = await anEmbeddedRegistry();
    const { exitCode, said } = await waybill(["publish", "--engine", "assemble", "--to", `${registry.served.host}/a/b`], {
      cwd: repository.dir,
    });
    assert.equal(exitCode, 7, said);
    assert.match(said, /Dockerfile:2[\s\S]*ENGINE_UNFIT/);
  });
});
