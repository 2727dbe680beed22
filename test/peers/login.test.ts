import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { type CopyTool, copyTools } from "./support/copy-tools.ts";
import { imageLayout, type LayoutImage } from "./support/layout-images.ts";
import { runProgram } from "./support/run.ts";
import { aSite, digestAt, type Site, user } from "./support/sites.ts";

suite("what waybill login keeps", { concurrency: false }, () => {
  let site: Site;
  let image: LayoutImage;
  before(async () => {
    site = await aSite("secure");
    image = await imageLayout(join(site.dir, "image"));
  });
  after(async () => await site[Symbol.asyncDispose]());

  // skopeo has a file of its own that it looks into, in the same form.
  const env = () => ({ ...site.env, REGISTRY_AUTH_FILE: join(site.dir, "docker/config.json") });
  const push = async ([name, tool]: readonly [string, CopyTool]) =>
    await runProgram(tool.program, tool.push(site, image, `${site.host}/${name}/app:t`), { env: env(), cwd: site.dir });

  test("other tools have not before", async () => {
    for (const tool of Object.entries(copyTools)) assert.notEqual((await push(tool)).exitCode, 0, tool[0]);
  });

  test("crane, skopeo, regctl and oras sign in with", async () => {
    const argv = ["login", site.host, "--username", user.username, "--password-stdin", "--ca-file", site.caFile];
    const { exitCode, said } = await waybill(argv, {
      cwd: site.dir,
      // On this machine a registry is taken to speak plain HTTP.
      env: { ...site.env, WAYBILL_ENDPOINTS: `${site.host}=https://${site.host}` },
      input: user.password,
    });
    assert.equal(exitCode, 0, said);
    for (const tool of Object.entries(copyTools)) {
      const pushed = await push(tool);
      assert.equal(pushed.exitCode, 0, `${tool[0]}: ${pushed.said}`);
      if (!tool[1].wraps) assert.equal(await digestAt(site, `${tool[0]}/app`, "t"), image.digest, tool[0]);
    }
  });
});
