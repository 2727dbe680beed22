import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSettings, SmokeSettings } from "../../src/config/index.ts";
import type { Finding, Patient } from "../../src/doctor/check.ts";
import { smokeCheck } from "../../src/doctor/checks/smoke.ts";
import { aPretendedRuntime } from "../smoke/support.ts";
import { programs } from "../support/programs.ts";

const usual: SmokeSettings = { env: {}, network: false };

/** What the check finds of an image that is, or is not, to be started. */
async function found(smoke: SmokeSettings | undefined, env: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const image = { name: "team/app", smoke } as ImageSettings;
  return await smokeCheck({ images: [image], env, signal: new AbortController().signal } as unknown as Patient);
}

test("an image that is not to be started needs no runtime", async () => {
  await using nothing = await programs({});
  assert.deepEqual(await found(undefined, nothing.env), []);
});

test("an image that is to be started needs one that works, and its variables", async () => {
  await using runtime = await aPretendedRuntime({}, "podman");
  assert.deepEqual(await found(usual, runtime.env), [{ level: "pass", what: "podman starts team/app before its tags are written" }]);
  const [variable] = await found({ ...usual, env: { TOKEN: null, MODE: "x" } }, runtime.env);
  assert.deepEqual([variable?.level, variable?.code], ["error", "CONFIG_MISSING"]);
  assert.match(variable?.what ?? "", /started with TOKEN, which is not set here/);
  const [other] = await found({ ...usual, runtime: "docker" }, runtime.env);
  assert.deepEqual([other?.level, other?.code], ["error", "RUNTIME_MISSING"]);
  assert.match(other?.what ?? "", /nothing here can run a container: docker is not installed/);
});
