import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { aTar } from "../support/tar.ts";
import { copyTools, use } from "./support/copy-tools.ts";
import { aDockerd } from "./support/dockerd.ts";
import { imageLayout } from "./support/layout-images.ts";
import { must, runProgram } from "./support/run.ts";
import { aSite, digestAt, type Site } from "./support/sites.ts";

suite("clients and the embedded registry with immutable tags", { concurrency: false }, () => {
  let site: Site;
  before(async () => {
    site = await aSite("plain", ["--immutable", "--mutable-tag", "latest"]);
  });
  after(async () => await site[Symbol.asyncDispose]());

  for (const [name, tool] of Object.entries(copyTools)) {
    test(`${name} may push the same image again, is told why another is refused, and may move latest`, async () => {
      const [first, second] = [await imageLayout(join(site.dir, `${name}-first`)), await imageLayout(join(site.dir, `${name}-second`))];
      const repository = `${site.host}/${name}/app`;
      for (const _ of [1, 2]) await use(tool, site, tool.push(site, first, `${repository}:v1`));
      const refused = await runProgram(tool.program, tool.push(site, second, `${repository}:v1`), { env: site.env, cwd: site.dir });
      assert.notEqual(refused.exitCode, 0);
      assert.match(refused.said, /cannot be overwritten because the tag is immutable/);
      assert.equal(await digestAt(site, `${name}/app`, "v1"), first.digest);
      for (const image of [first, second]) await use(tool, site, tool.push(site, image, `${repository}:latest`));
      assert.equal(await digestAt(site, `${name}/app`, "latest"), second.digest);
    });
  }

  test("docker may push the same image again, and is told why another is refused", async () => {
    await using dockerd = await aDockerd({ network: "host" });
    const image = `${site.host}/docker/app:v1`;
    const make = async (content: string): Promise<string> =>
      await must("docker", ["import", "-", image], { env: dockerd.env, input: await aTar([{ name: "words", content }]) });
    await make("first");
    for (const _ of [1, 2]) await must("docker", ["push", image], { env: dockerd.env });
    const digest = await digestAt(site, "docker/app", "v1");
    await make("second");
    const { exitCode, said } = await dockerd.docker("push", image);
    assert.notEqual(exitCode, 0);
    assert.match(said, /cannot be overwritten because the tag is immutable/);
    assert.equal(await digestAt(site, "docker/app", "v1"), digest);
  });
});
