import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { command, waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";

const repository = aRepository();
const sha = repository.commit({
  Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
  app: elfProgram("amd64", "hello\n"),
});
const registry: EmbeddedRegistry = await anEmbeddedRegistry();
const name = `${registry.served.host}/team/app`;
const here = { cwd: repository.dir };
after(async () => {
  await registry[Symbol.asyncDispose]();
  repository.remove();
});

suite("the commands", () => {
  test("push publishes, and its last line is DOCKER_IMAGE_URI", async () => {
    const { out, said, exitCode } = await waybill(["push", "--to", name], here);
    assert.equal(exitCode, 0, said);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${name}:${sha}`);
  });

  test("publish answers scripts: one JSON value, or lines for GITHUB_OUTPUT, and nothing else on standard output", async () => {
    const json = JSON.parse((await waybill(["publish", "--to", name, "--output", "json"], here)).out);
    assert.deepEqual([json.images[0].status, json.commit.sha ?? json.commit], ["present", sha]);
    const lines = (await waybill(["publish", "--to", name, "--output", "github"], here)).out.trimEnd().split("\n");
    const outputs = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    assert.equal(outputs["git_sha"], sha);
    assert.equal(outputs["image_uri_sha"], `${name}:${sha}`);
    assert.equal(outputs["image_uri_latest"], `${name}:latest`);
    assert.match(outputs["image_uri_digest"] ?? "", new RegExp(`^${name}@sha256:[0-9a-f]{64}$`));
    assert.deepEqual([outputs["built"], outputs["latest_moved"], outputs["exit_code"]], ["false", "false", "0"]);
  });

  test("publish --dry-run writes nothing", async () => {
    const { said, exitCode } = await waybill(["publish", "--to", `${registry.served.host}/team/dry`, "--dry-run"], here);
    assert.equal(exitCode, 0, said);
    assert.equal((await registry.ask("GET", "/v2/team/dry/tags/list")).status, 404);
  });

  test("tags shows what the commit is published under, and what a repository has", async () => {
    const planned = await waybill(["tags", "--to", name], here);
    assert.deepEqual(planned.out.trimEnd().split("\n"), [`${name}:${sha}`, `${name}:latest`]);
    const listed = JSON.parse((await waybill(["tags", name, "--output", "json"], here)).out);
    assert.deepEqual(listed.tags.toSorted(), [sha, "latest"].toSorted());
    assert.deepEqual([listed.registry, listed.image], [registry.served.host, "team/app"]);
  });

  test("info shows digests, platform, commit and layers", async () => {
    const { out } = await waybill(["info", `${name}:latest`], here);
    for (const part of [/sha256:[0-9a-f]{64}/, /linux\/amd64/, new RegExp(sha)]) assert.match(out, part);
    const json = JSON.parse((await waybill(["info", `${name}:${sha}`, "--output", "json"], here)).out);
    assert.equal(json.platforms[0].platform, "linux/amd64");
  });

  test("validate passes what was published, and tells what is wrong with exit code 3", async () => {
    const good = await waybill(["validate", `${name}:${sha}`], here);
    assert.deepEqual([good.exitCode, /valid: linux\/amd64/.test(good.out)], [0, true], good.said);
    const bad = await waybill(["validate", `${name}:${sha}`, "--platform", "linux/arm64"], here);
    assert.equal(bad.exitCode, 3);
    assert.match(bad.out, /arm64[\s\S]*not valid/);
    const other = await waybill(["validate", `${name}:latest`, "--commit", "0".repeat(40)], here);
    assert.equal(other.exitCode, 3);
  });

  test("copy goes between registries and layouts, and an image that is not there is exit code 5 or 6 with a hint", async () => {
    assert.equal((await waybill(["copy", `${name}:latest`, "oci:backup:v1"], here)).exitCode, 0);
    const back = await waybill(["copy", "oci:backup:v1", `${registry.served.host}/team/copied:v2`], here);
    assert.equal(back.exitCode, 0, back.said);
    const manifest = async (path: string) => await (await registry.ask("GET", path)).text();
    assert.equal(await manifest("/v2/team/copied/manifests/v2"), await manifest("/v2/team/app/manifests/latest"));
    const none = await waybill(["copy", `${name}:nothing`, "oci:backup:v2"], here);
    assert.match(none.said, /has no image nothing\n {2}hint: .*\n {2}code: NOT_FOUND/);
  });

  test("an image's registry is reached as waybill.yaml and the environment say", async () => {
    const env = { WAYBILL_ENDPOINTS: `far.example=${registry.served.url}` };
    const by = await waybill(["validate", `far.example/team/app:${sha}`], { ...here, env });
    assert.equal(by.exitCode, 0, by.said);
    const filed = aRepository();
    try {
      filed.commit({ "waybill.yaml": `endpoints: { far.example: "${registry.served.url}" }\n`, "sub/file": "" });
      const info = await waybill(["info", "far.example/team/app:latest"], { cwd: join(filed.dir, "sub") });
      assert.equal(info.exitCode, 0, info.said);
    } finally {
      filed.remove();
    }
  });

  test("registry serve prints its address when it is ready, and ends on SIGTERM", async () => {
    const child = spawn(process.execPath, [command, "registry", "serve", "--memory", "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(child, "exit");
    const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    const [url] = line.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
    assert.ok(url, line);
    assert.equal((await fetch(`${url}/v2/`)).status, 200);
    child.kill("SIGTERM");
    const [code] = await ended;
    assert.ok(code === 0 || code === 143, `exit ${code}`);
  });

  const commands = [["publish"], ["tags"], ["info"], ["validate"], ["copy"], ["registry", "serve"], ["demo"]];
  for (const words of commands) {
    test(`${words.join(" ")} --help has an example`, async () => {
      const { out, exitCode } = await waybill([...words, "--help"], here);
      assert.equal(exitCode, 0);
      assert.match(out, new RegExp(`Examples:\\n {2}\\$ waybill ${words.join(" ")}`));
    });
  }

  test("--version prints the version alone", async () => {
    assert.match((await waybill(["--version"], here)).out, /^\d+\.\d+\.\d+\S*\n$/);
  });
});
