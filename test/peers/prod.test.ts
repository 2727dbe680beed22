import assert from "node:assert/strict";
import { readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { runGit } from "../support/git-repository.ts";
import { aDockerd } from "./support/dockerd.ts";
import { type AwsSession, aMoto, type Moto } from "./support/moto.ts";
import { aNodeBase } from "./support/node-base.ts";
import { type ProgramRun, runProgram } from "./support/run.ts";

const root = resolve(import.meta.dirname, "../..");
const ecr = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const name = `${ecr}/quiltdata/benchling`;

suite("the prod workflow's commands, in a clone as it has it", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let moto: Moto;
  let registry: EmbeddedRegistry;
  let session: AwsSession;
  let clone: string;
  let outputs: string;
  let summary: string;
  let endpoints: string;
  // The checkout may belong to somebody else than who runs the tests.
  const anyOwner = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
  const sha = runGit(root, ["rev-parse", "HEAD"], anyOwner);

  before(async () => {
    stack = new AsyncDisposableStack();
    const { path: dir } = stack.use(await aFolder());
    [clone, outputs, summary] = [join(dir, "clone"), join(dir, "outputs"), join(dir, "summary")];
    const origin = join(dir, "origin.git");
    // The checkout may be of any branch, or of none; here its commit is main's newest.
    runGit(dir, ["clone", "--quiet", "--bare", root, origin], anyOwner);
    for (const [key, value] of [
      ["uploadpack.allowFilter", "true"],
      ["uploadpack.allowAnySHA1InWant", "true"],
    ] as const) {
      runGit(origin, ["config", key, value]);
    }
    runGit(origin, ["update-ref", "refs/heads/main", sha]);
    runGit(origin, ["symbolic-ref", "HEAD", "refs/heads/main"]);
    runGit(dir, ["clone", "--quiet", "--filter=blob:none", "--branch=main", `file://${origin}`, clone]);
    // Instead of `npm ci`, which asks the network.
    await symlink(join(root, "node_modules"), join(clone, "node_modules"));

    moto = stack.use(await aMoto());
    session = await moto.aSession("arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook", ["ecr:GetAuthorizationToken"]);
    registry = stack.use(await anEmbeddedRegistry({ basic: session.basic, immutable: true, mutableTags: ["latest"] }));
    const hub = stack.use(await anEmbeddedRegistry());
    await aNodeBase(await hub.repositories.open("docker/library/node"), "24-bookworm");
    await moto.enforce();
    endpoints = `${ecr}=${registry.served.url},public.ecr.aws=${hub.served.url}`;
  });
  after(async () => await stack[Symbol.asyncDispose]());

  /** Runs make as a step of the workflow does. */
  const make = async (...argv: readonly string[]): Promise<ProgramRun> => {
    const inherited = Object.keys(process.env).filter((one) =>
      /^(?:WAYBILL_|GITHUB_|AWS_|ECR_|DOCKER_|VERSION$|GIT_|MAKE|MFLAGS|NODE_)/.test(one),
    );
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
        ...Object.fromEntries(inherited.map((one) => [one, undefined])),
        ...github,
        ...moto.env,
        ...session.keys,
        DOCKER_DEFAULT_PLATFORM: "linux/amd64",
        AWS_REGION: "us-east-1",
        WAYBILL_ENDPOINTS: endpoints,
      },
    });
  };
  const succeed = async (...argv: readonly string[]): Promise<ProgramRun> => {
    const run = await make(...argv);
    assert.equal(run.exitCode, 0, run.said + run.out);
    assert.equal((run.out + run.said).includes(session.basic.password), false);
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
});
