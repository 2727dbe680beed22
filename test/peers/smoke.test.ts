import assert from "node:assert/strict";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import type { RuntimeConfig } from "../../src/oci/index.ts";
import { openLayout } from "../../src/store/index.ts";
import { aBaseImage, type RawEntry } from "../support/base-image.ts";
import { command, inherited, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";
import { busybox } from "./support/busybox.ts";
import { aDockerd } from "./support/dockerd.ts";
import { aPodman } from "./support/podman.ts";
import type { ProgramRun } from "./support/run.ts";

await using cleanup = new AsyncDisposableStack();
const folder = cleanup.use(await aFolder());
const docker = cleanup.use(await aDockerd({ network: "own" }));
const podman = cleanup.use(await aPodman());
const kept = cleanup.move();
after(async () => await kept[Symbol.asyncDispose]());

const layout = await openLayout(join(folder.path, "images"), { create: true, durable: false });
const links = ["sh", "sleep", "httpd", "test", "touch", "echo"].map(
  (name): RawEntry => ({ name: `bin/${name}`, type: "symlink", linkname: "busybox" }),
);
const files: readonly RawEntry[] = [
  { name: "bin/", type: "directory", mode: 0o755 },
  { name: "bin/busybox", content: (busybox() as { content: Uint8Array }).content, mode: 0o755 },
  ...links,
  { name: "tmp/", type: "directory", mode: 0o1777 },
  { name: "www/", type: "directory", mode: 0o755 },
  { name: "www/health", content: "ok\n" },
];
const shell = (script: string): Pick<RuntimeConfig, "Cmd"> => ({ Cmd: ["/bin/sh", "-c", script] });
const check = (script: string, more: object = {}): RuntimeConfig => ({ Healthcheck: { Test: ["CMD-SHELL", script], ...more } });
const serving = { ...shell("sleep 1; exec httpd -f -p 8080 -h /www"), ExposedPorts: { "8080/tcp": {} } };

/** Each image, what it is asked, and what comes of it. */
const cases: Readonly<Record<string, { config: RuntimeConfig; argv?: readonly string[]; exitCode: number; out?: RegExp; said?: RegExp }>> =
  {
    healthy: {
      config: { ...shell("sleep 1; touch /tmp/up; sleep 600"), ...check("test -e /tmp/up") },
      exitCode: 0,
      out: /its HEALTHCHECK passed/,
    },
    sick: {
      config: { ...shell("echo booting; sleep 600"), ...check("echo nobody listens; test -e /tmp/up", { Interval: 1e9, Retries: 2 }) },
      exitCode: 3,
      said: /\| booting\n(?:.*\n)*.*did not pass within 2\.0 s: the check ended with 1: nobody listens/,
    },
    serves: { config: serving, argv: ["--http", "/health", "--status", "200"], exitCode: 0, out: /GET \/health at port 8080 passed/ },
    "serves-not": {
      config: serving,
      argv: ["--http", "/missing", "--timeout", "4s"],
      exitCode: 3,
      said: /did not pass within 4\.0 s: GET \/missing answered 404, and 200-399 was expected/,
    },
    dies: {
      config: shell('echo "no $TOKEN"; exit 3'),
      argv: ["--env", "TOKEN=s3cr3t-value"],
      exitCode: 3,
      said: /\| no \*\*\*\n(?:.*\n)*.*did not come up: it ended with exit code 3/,
    },
    ends: { config: shell("echo hello"), exitCode: 0, out: /it ended with exit code 0/ },
    stays: { config: shell("sleep 600"), argv: ["--timeout", "1s"], exitCode: 0, out: /up for 1\.0 s/ },
    nothing: { config: { Cmd: ["/nope"] }, exitCode: 3, said: /its program could not be started: exec: "\/nope"/ },
    nobody: {
      config: { ...shell("sleep 600"), User: "nobody-here" },
      exitCode: 3,
      said: /its program could not be started: unable to find user/,
    },
  };
for (const [tag, { config }] of Object.entries(cases)) {
  await aBaseImage(layout, { layers: [files], config: { Env: ["PATH=/bin"], ...config }, tag });
}

const checkout = keep(aRepository());
const sha = checkout.commit({
  Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox", "true"]\n',
  "waybill.yaml": "image: team/app\nchecks: { smoke: { runtime: docker } }\n",
  busybox: busybox(),
});

const runtimes = {
  docker: { inside: docker.inside, env: docker.env, call: docker.docker },
  podman: { inside: podman.inside, env: {}, call: podman.podman },
};

for (const [name, { inside, env, call }] of Object.entries(runtimes)) {
  const smoke = async (...argv: readonly string[]): Promise<ProgramRun> =>
    await inside(process.execPath, [command, "smoke", "--runtime", name, ...argv], {
      cwd: folder.path,
      env: { ...inherited(), ...env, HOME: folder.path },
    });
  suite(`waybill smoke with ${name}`, { concurrency: false }, () => {
    for (const [tag, { argv = [], exitCode, out, said }] of Object.entries(cases))
      test(`an image that ${tag}`, async () => {
        const run = await smoke(`oci:images:${tag}`, ...argv);
        assert.equal(run.exitCode, exitCode, run.said + run.out);
        if (out !== undefined) assert.match(run.out, out);
        if (said !== undefined) assert.match(run.said, said);
      });

    test("a checkout that waybill build loads, and one that it saves for loading", async () => {
      const run = async (...argv: readonly string[]): Promise<ProgramRun> =>
        await inside(process.execPath, [command, ...argv], { cwd: checkout.dir, env: { ...inherited(), ...env, HOME: folder.path } });
      const built = await run("build", "--runtime", name);
      assert.equal(built.exitCode, 0, built.said);
      const local = await run("smoke", "team/app:local", "--local", "--runtime", name);
      assert.match(local.out, /^team\/app:local came up: it ended with exit code 0/, local.said);
      const archive = join(folder.path, `${name}.tar`);
      const saved = await run("build", "--save", archive, "--tag", "dev-saved");
      assert.equal(saved.exitCode, 0, saved.said);
      const loaded = await call("load", "--input", archive);
      assert.equal(loaded.exitCode, 0, loaded.said);
      const [image = ""] = /\S*team\/app\S*|localhost\/dev-saved\S*|sha256:[0-9a-f]{64}/.exec(loaded.out) ?? [];
      const removed = await call("image", "rm", image, "team/app:local");
      assert.equal(removed.exitCode, 0, loaded.out + removed.said);
    });

    test("leaves neither containers nor images nor volumes", async () => {
      for (const words of [
        ["ps", "--all", "--quiet"],
        ["images", "--all", "--quiet"],
        ["volume", "ls", "--quiet"],
      ]) {
        const { exitCode, out, said } = await call(...words);
        assert.deepEqual([exitCode, out], [0, ""], `${words.join(" ")}: ${said}`);
      }
    });
  });
}

test("waybill publish starts a new image with Docker before its tags are written, and leaves nothing there", async () => {
  await using registry = await anEmbeddedRegistry();
  const to = `${registry.served.host}/team/app`;
  const { exitCode, out, said } = await waybill(["publish", "--to", to], { cwd: checkout.dir, env: docker.env });
  assert.equal(exitCode, 0, said);
  assert.match(out, /smoke it ended with exit code 0 \(docker, /);
  const broken = checkout.commit({ Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox", "false"]\n' });
  const refused = await waybill(["publish", "--to", to], { cwd: checkout.dir, env: docker.env });
  assert.equal(refused.exitCode, 3, refused.said);
  assert.match(refused.said, /the image does not come up: it ended with exit code 1 \[not-up\]/);
  const { tags } = JSON.parse((await waybill(["tags", to, "--output", "json"], { cwd: checkout.dir })).out);
  assert.deepEqual(tags.toSorted(), [sha, "latest"].toSorted());
  assert.ok(!tags.includes(broken));
  assert.equal((await docker.docker("ps", "--all", "--quiet")).out + (await docker.docker("images", "--quiet")).out, "");
});
