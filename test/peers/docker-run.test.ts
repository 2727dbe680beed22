import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { aDockerd } from "./support/dockerd.ts";

const repository = aRepository();
cpSync(join(import.meta.dirname, "../../examples/hello"), repository.dir, { recursive: true });
const sha = repository.commit({});
await using cleanup = new AsyncDisposableStack();
const registry = cleanup.use(await anEmbeddedRegistry());
const docker = cleanup.use(await aDockerd({ network: "host" }));
const kept = cleanup.move();
after(async () => {
  await kept[Symbol.asyncDispose]();
  repository.remove();
});

const name = `${registry.served.host}/team/hello`;
const here = { cwd: repository.dir };

/** Runs docker, which has to succeed, and gives what it printed. */
async function succeed(...argv: readonly string[]): Promise<string> {
  const { exitCode, out, said } = await docker.docker(...argv);
  assert.equal(exitCode, 0, said + out);
  return out;
}

suite("Docker and the embedded registry", { concurrency: false }, () => {
  test("docker run of the published example prints its greeting", async () => {
    const published = await waybill(["publish", "--to", name], here);
    assert.equal(published.exitCode, 0, published.said);
    const out = await succeed("run", "--rm", "--network=none", `${name}:${sha}`);
    assert.match(out, /hello/i);
  });

  test("docker pull names the digest that publish reported, and inspect shows the stamp", async () => {
    const report = JSON.parse((await waybill(["publish", "--to", name, "--output", "json"], here)).out);
    await succeed("pull", `${name}:latest`);
    const [image] = JSON.parse(await succeed("image", "inspect", `${name}:latest`));
    const [digest] = image.RepoDigests as string[];
    assert.ok(
      digest !== undefined && JSON.stringify(report).includes(digest.slice(digest.indexOf("@") + 1)),
      JSON.stringify(image.RepoDigests),
    );
    assert.equal(image.Config.Labels["org.opencontainers.image.revision"], sha);
    assert.deepEqual([image.Os, image.Architecture], ["linux", "amd64"]);
  });

  test("docker pushes into the embedded registry, twice, and waybill validates what it pushed", async () => {
    const pushed = `${registry.served.host}/pushed/by-docker`;
    await succeed("tag", `${name}:${sha}`, `${pushed}:${sha}`);
    await succeed("push", `${pushed}:${sha}`);
    await succeed("push", `${pushed}:${sha}`);
    const { exitCode, out, said } = await waybill(["validate", `${pushed}:${sha}`], here);
    assert.equal(exitCode, 0, said + out);
    assert.match(out, /valid: linux\/amd64/);
  });

  test("docker pulls back what it pushed, after it was removed here", async () => {
    const pushed = `${registry.served.host}/pushed/by-docker:${sha}`;
    await succeed("image", "rm", "--force", pushed, `${name}:${sha}`, `${name}:latest`);
    await succeed("pull", pushed);
    assert.match(await succeed("run", "--rm", "--network=none", pushed), /hello/i);
  });

  test("docker is told in words what is not there", async () => {
    const { exitCode, said } = await docker.docker("pull", `${name}:none`);
    assert.equal(exitCode, 1);
    assert.match(said, /not found|manifest unknown/i);
  });
});

suite("Docker and a registry with a password", { concurrency: false }, () => {
  test("docker login, push and pull with the right one; not without it", async () => {
    await using closed = await anEmbeddedRegistry({ basic: { username: "me", password: "se cret" } });
    const image = `${closed.served.host}/private/hello:1`;
    await succeed("pull", `${name}:${sha}`);
    await succeed("tag", `${name}:${sha}`, image);
    const refused = await docker.docker("push", image);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.said, /no basic auth credentials|unauthorized|authentication required/i);
    const wrong = await docker.docker("login", "--username", "me", "--password", "other", closed.served.host);
    assert.equal(wrong.exitCode, 1);
    await succeed("login", "--username", "me", "--password", "se cret", closed.served.host);
    await succeed("push", image);
    await succeed("image", "rm", "--force", image);
    await succeed("pull", image);
    // What docker login wrote is what waybill signs in with.
    const { exitCode, said } = await waybill(["validate", image, "--platform", "linux/amd64"], { ...here, env: docker.env });
    assert.equal(exitCode, 0, said);
  });
});
