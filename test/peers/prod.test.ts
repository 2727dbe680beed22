import assert from "node:assert/strict";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { runGit } from "../support/git-repository.ts";
import { aDockerd, type Dockerd } from "./support/dockerd.ts";
import { aProduction, dependencies, name, type Production, withoutOwn } from "./support/production.ts";
import { type ProgramRun, runProgram, which } from "./support/run.ts";

suite("the prod workflow's commands, in a clone as it has it", { concurrency: false, timeout: 300_000 }, () => {
  let production: Production;
  let sha: string;
  let clone: string;
  let outputs: string;
  let summary: string;

  before(async () => {
    production = await aProduction();
    const { dir, origin } = production;
    ({ sha } = production);
    [clone, outputs, summary] = [join(dir, "clone"), join(dir, "outputs"), join(dir, "summary")];
    runGit(dir, ["clone", "--quiet", "--filter=blob:none", "--branch=main", `file://${origin}`, clone]);
    const linked = await runProgram("bash", ["-c", dependencies], { cwd: clone });
    assert.equal(linked.exitCode, 0, linked.said);
  });
  after(async () => await production[Symbol.asyncDispose]());

  /** Runs make at a developer's machine, whose Docker has signed in. */
  const makeByHand = async (docker: Dockerd, ...argv: readonly string[]): Promise<ProgramRun> => {
    const env = { ...withoutOwn(), ...production.env, ...docker.env, CI: undefined };
    return await runProgram("make", [...argv, `REGISTRY=${production.registry.served.host}`], { cwd: clone, env });
  };

  /** Runs make as a step of the workflow does. */
  const make = async (...argv: readonly string[]): Promise<ProgramRun> => {
    const github = {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/main",
      GITHUB_REF_NAME: "main",
      GITHUB_REF_TYPE: "branch",
      GITHUB_REPOSITORY: "quiltdata/waybill",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_SHA: sha,
      GITHUB_WORKSPACE: clone,
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_RUN_ID: "1",
    };
    return await runProgram("make", argv, {
      cwd: clone,
      env: {
        ...withoutOwn(),
        ...github,
        ...production.env,
        ...production.session.keys,
        DOCKER_DEFAULT_PLATFORM: "linux/amd64",
        AWS_REGION: "us-east-1",
      },
    });
  };
  const succeed = async (...argv: readonly string[]): Promise<ProgramRun> => {
    const run = await make(...argv);
    return good(run);
  };
  const good = (run: ProgramRun): ProgramRun => {
    assert.equal(run.exitCode, 0, run.said + run.out);
    assert.equal((run.out + run.said).includes(production.session.basic.password), false);
    return run;
  };

  test("a dry run says what would be published, and publishes nothing", async () => {
    const { out, said } = await succeed("push-ci", `VERSION=${sha}`, "DRY_RUN=1");
    assert.match(out + said, new RegExp(`${name}[\\s\\S]*${sha}`));
    assert.notEqual((await make("docker-validate", `VERSION=${sha}`)).exitCode, 0);
  });

  test("make push-ci publishes the commit, and tells the workflow", async () => {
    const { out } = await succeed("push-ci", `VERSION=${sha}`);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${name}:${sha}`);
    const told = Object.fromEntries(
      (await readFile(outputs, "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    assert.deepEqual([told["image_uri_sha"], told["image_uri_latest"], told["git_sha"]], [`${name}:${sha}`, `${name}:latest`, sha]);
    assert.match(told["image_uri_digest"] ?? "", new RegExp(`^${name}@sha256:[0-9a-f]{64}$`));
    assert.ok((await readFile(summary, "utf8")).includes(sha));
  });

  test("make docker-validate finds it good", async () => {
    assert.match((await succeed("docker-validate", `VERSION=${sha}`)).out, /valid: linux\/amd64/);
  });

  test("a second run of the workflow changes nothing", async () => {
    const { out } = await succeed("push-ci", `VERSION=${sha}`);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${name}:${sha}`);
    await succeed("docker-validate", `VERSION=${sha}`);
  });

  test("Docker runs the image, which is this commit's", async () => {
    await using docker = await aDockerd({ network: "host" });
    const { registry, session } = production;
    const { username, password } = session.basic;
    const login = await docker.docker("login", "--username", username, "--password", password, registry.served.host);
    assert.equal(login.exitCode, 0, login.said);
    const image = `${registry.served.host}/quiltdata/benchling:${sha}`;
    const version = await docker.docker("run", "--rm", "--network=none", image, "--version");
    assert.equal(version.exitCode, 0, version.said);
    assert.equal(version.out.trim(), JSON.parse(await readFile(join(clone, "package.json"), "utf8")).version);
    const help = await docker.docker("run", "--rm", "--network=none", image);
    assert.match(help.out + help.said, /publish/);
    const [inspected] = JSON.parse((await docker.docker("image", "inspect", image)).out);
    assert.ok(inspected.Config.Env.includes(`BUILD_VERSION=${sha}`));
    assert.equal(inspected.Config.User, "node");
  });

  test("push-local publishes this machine's image, which run-ecr runs and test-ecr tests, from both folders", async () => {
    await using docker = await aDockerd({ network: "host" });
    const { registry, session } = production;
    const { username, password } = session.basic;
    assert.equal((await docker.docker("login", "--username", username, "--password", password, registry.served.host)).exitCode, 0);
    const local = `${registry.served.host}/quiltdata/benchling-${process.arch === "x64" ? "amd64" : process.arch}`;
    const foreseen = good(await makeByHand(docker, "push-local", "DRY_RUN=1"));
    assert.match(foreseen.out, new RegExp(`${local}:${sha} would be created`));
    const pushed = good(await makeByHand(docker, "push-local"));
    assert.equal(pushed.out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${local}:${sha}`);
    const { version } = JSON.parse(await readFile(join(clone, "package.json"), "utf8"));
    const ran = good(await makeByHand(docker, "-C", "docker", "run-ecr", "ARGS=--version"));
    assert.ok(ran.out.includes(`\n${version}\n`), ran.out);
    const tested = good(await makeByHand(docker, "test-ecr"));
    assert.match(tested.out, /valid: linux\/[\s\S]*All of it took/);
    const none = await makeByHand(docker, "test-ecr", "VERSION=v9.9.9");
    assert.notEqual(none.exitCode, 0);
    assert.match(none.said, /NOT_FOUND/);
  });

  test("docker-tools says which Docker is here, and what is missing", async () => {
    await using docker = await aDockerd({ network: "host" });
    assert.match(good(await makeByHand(docker, "docker-tools")).out, /^docker \d[\d.]*, daemon \d[\d.+a-z]*\n.*buildx/m);
    const dead = await makeByHand({ ...docker, env: { DOCKER_HOST: `unix://${clone}/none.sock` } }, "docker-tools");
    assert.notEqual(dead.exitCode, 0);
    assert.match(dead.said, /^docker-tools: the daemon does not answer: \S/m);
    const path = join(production.dir, "path");
    await mkdir(path);
    for (const one of ["sh", "uname", "make", "find", "git"]) await symlink(await which(one), join(path, one));
    const none = await makeByHand({ ...docker, env: { PATH: path } }, "docker-tools");
    assert.notEqual(none.exitCode, 0);
    assert.match(none.said, /^docker-tools: there is no docker in PATH\. Install it/m);
  });
});
