import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { chooseEngine } from "../../src/build/index.ts";
import { Failure, type FailureCode } from "../../src/failure/index.ts";
import { aFolder } from "../support/folder.ts";

const plain = { name: "docker/Dockerfile", text: "FROM scratch\nCOPY a /\n" };
const running = { name: "docker/Dockerfile", text: "FROM scratch AS plain\nCOPY a /\nFROM x\nRUN make\n" };

function choice(env: Readonly<Record<string, string | undefined>> = {}, target?: string) {
  return { env: { PATH: "/nowhere", HOME: "/nowhere", ...env }, tempDir: "/nowhere", target };
}

async function refused(act: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> {
  await assert.rejects(act, (thrown) => {
    assert.ok(thrown instanceof Failure, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    assert.ok(thrown.hint !== undefined);
    return true;
  });
}

suite("the engine that builds", () => {
  test("is assemble where nothing has to run, and says why", async () => {
    const { engine, why } = await chooseEngine("auto", plain, choice());
    assert.deepEqual([engine.name, why], ["assemble", "docker/Dockerfile needs no program to run"]);
    assert.equal((await chooseEngine("assemble", plain, choice())).why, "as configured");
  });

  test("is assemble where the target reaches no RUN", async () => {
    assert.equal((await chooseEngine("auto", running, choice({}, "plain"))).engine.name, "assemble");
  });

  test("is not assemble where something has to run", async () => {
    await refused(chooseEngine("assemble", running, choice()), "ENGINE_UNFIT", /^docker\/Dockerfile:4: assemble does not do RUN/);
  });

  test("is buildx where that is there and something has to run, or it is asked for", { skip: process.platform === "win32" }, async () => {
    await using folder = await aFolder();
    const program = join(folder.path, "buildx");
    await writeFile(program, "#!/bin/sh\necho github.com/docker/buildx v0.20.0 x\n");
    await chmod(program, 0o755);
    const env = { PATH: folder.path };
    const { engine, why } = await chooseEngine("auto", running, choice(env));
    assert.deepEqual([engine.name, why], ["buildx", "docker/Dockerfile:4 is RUN: a program has to run"]);
    assert.deepEqual((await chooseEngine("buildx", plain, choice(env))).why, "as configured");
  });

  test("is missing where only buildx would do and is not installed", async () => {
    await refused(chooseEngine("auto", running, choice()), "ENGINE_MISSING", /RUN/);
    await refused(chooseEngine("buildx", plain, choice()), "ENGINE_MISSING", /buildx was asked for/);
  });

  test("is one of those that there are", async () => {
    await refused(chooseEngine("kaniko", plain, choice()), "CONFIG_INVALID", /no engine "kaniko"/);
  });

  test("is not chosen for what is no Dockerfile", async () => {
    await refused(chooseEngine("auto", { name: "Dockerfile", text: "COPPY a b" }, choice()), "DOCKERFILE_INVALID", /COPPY/);
    await refused(chooseEngine("auto", plain, choice({}, "none")), "DOCKERFILE_INVALID", /no stage "none"/);
  });
});
