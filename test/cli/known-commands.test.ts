import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";

const repository = aRepository();
const sha = repository.commit({
  Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
  app: elfProgram("amd64", "hello\n"),
});
const other = "5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12";
const registry: EmbeddedRegistry = await anEmbeddedRegistry();
const folder = await aFolder();
const { host } = registry.served;
/** The environment that the tool before this one was called with. */
const env = { DOCKER_IMAGE_NAME: "team/app", ECR_REGISTRY: host };
const run = async (...argv: readonly string[]) => await waybill(argv, { cwd: repository.dir, env });
const ecr = (region: string) => `712023778557.dkr.ecr.${region}.amazonaws.com`;
after(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  repository.remove();
});

suite("push, as it is known", { concurrency: false }, () => {
  test("--dry-run writes nothing, and logs go to standard error", async () => {
    const { exitCode, out, said } = await run("push", "--version", sha, "--no-arch-suffix", "--dry-run");
    assert.equal(exitCode, 0, said);
    assert.match(out, new RegExp(`${host}/team/app:${sha} would be created`));
    assert.match(said, /plan/);
    assert.equal((await registry.ask("GET", "/v2/team/app/tags/list")).status, 404);
  });

  test("publishes the commit that --version names, and its last line is DOCKER_IMAGE_URI", async () => {
    const { exitCode, out, said } = await run("push", "--version", sha, "--no-arch-suffix", "--no-latest");
    assert.equal(exitCode, 0, said);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${host}/team/app:${sha}`);
    assert.equal((await run("tags", `${host}/team/app`)).out, `${sha}\n`);
  });

  test("--arch-suffix ends both tags in the architecture, and validate finds them", async () => {
    const { exitCode, out, said } = await run("push", "--arch-suffix", "--registry", host, "--platform", "linux/amd64");
    assert.equal(exitCode, 0, said);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${host}/team/app:${sha}-amd64`);
    assert.match(out, /:latest-amd64 created/);
    const checked = await run("validate", `${host}/team/app:${sha}-amd64`, "--output", "json");
    assert.deepEqual(JSON.parse(checked.out).findings, [], checked.said);
    const found = await run("validate", "--arch-suffix");
    assert.match(found.out, new RegExp(`valid: linux/amd64, commit ${sha}`), found.said);
  });

  test("a version that is no commit is refused, with the way to give it to the commit's image", async () => {
    const { exitCode, said } = await run("push", "--version", "v1.2.3");
    assert.equal(exitCode, 2);
    assert.match(said, /v1\.2\.3 is no commit[\s\S]*waybill promote SHA v1\.2\.3/);
  });

  test("--commit and --version may not name different commits", async () => {
    const { exitCode, said } = await run("push", "--commit", sha, "--version", other);
    assert.equal(exitCode, 2);
    assert.match(said, /different commits/);
  });
});

suite("an empty version", () => {
  for (const command of ["push", "tags", "info", "validate", "plan", "verify-fleet"]) {
    test(`is an error to ${command}, by flag and by variable`, async () => {
      const flag = await run(command, "--version", "");
      assert.equal(flag.exitCode, 2, flag.said);
      assert.match(flag.said, /--version is given, and empty/);
      const variable = await waybill([command], { cwd: repository.dir, env: { ...env, VERSION: "" } });
      assert.equal(variable.exitCode, 2, variable.said);
      assert.match(variable.said, /VERSION is (?:given|set), and empty/);
    });
  }

  test("--version before a command, or alone, prints this program's", async () => {
    for (const argv of [["--version"], ["--version", "tags"], ["-V"]]) assert.match((await run(...argv)).out, /^\d+\.\d+\.\d+\S*\n$/);
    const { exitCode, said } = await run("tags", "--version");
    assert.equal(exitCode, 2);
    assert.match(said, /--version <version>.*argument missing/);
  });
});

suite("tags, as it is known", () => {
  test("prints the URIs of a version and of latest, one a line, and needs no repository for that", async () => {
    const { exitCode, out, said } = await waybill(["tags", "--version", "1.2.3"], { cwd: folder.path, env });
    assert.equal(exitCode, 0, said);
    assert.equal(out, `${host}/team/app:1.2.3\n${host}/team/app:latest\n`);
    const suffixed = await run("tags", "--version", "1.2.3", "--arch-suffix", "--platform", "linux/arm64");
    assert.equal(suffixed.out, `${host}/team/app:1.2.3-arm64\n${host}/team/app:latest-arm64\n`);
    assert.equal((await run("tags", "--version", "1.2.3", "--no-latest", "--registry", "r.example")).out, "r.example/team/app:1.2.3\n");
  });

  test("a prerelease is not latest", async () => {
    for (const version of ["1.2.3-rc.1", "1.2.3-20251118T120000Z"])
      assert.equal((await run("tags", "--version", version)).out, `${host}/team/app:${version}\n`);
  });

  test("--output json has registry, image, tags and uris; github has one line", async () => {
    assert.deepEqual(JSON.parse((await run("tags", "--version", other, "--output", "json")).out), {
      registry: host,
      image: "team/app",
      tags: [other, "latest"],
      uris: [`${host}/team/app:${other}`, `${host}/team/app:latest`],
    });
    assert.equal((await run("tags", "--version", "v1", "--output", "github")).out, `tags=${host}/team/app:v1,${host}/team/app:latest\n`);
  });

  test("--version wins over VERSION, and VERSION over HEAD", async () => {
    const from = async (VERSION: string, ...argv: readonly string[]) =>
      (await waybill(["tags", "--no-latest", ...argv], { cwd: repository.dir, env: { ...env, VERSION } })).out;
    assert.equal(await from("v1.0.0"), `${host}/team/app:v1.0.0\n`);
    assert.equal(await from("v1.0.0", "--version", "v2.0.0"), `${host}/team/app:v2.0.0\n`);
    assert.equal((await run("tags", "--no-latest")).out, `${host}/team/app:${sha}\n`);
  });

  test("an abbreviated commit and what is no tag are refused", async () => {
    assert.match((await run("tags", "--version", sha.slice(0, 12))).said, /COMMIT_ABBREVIATED/);
    assert.match((await run("tags", "--version", "a b")).said, /CONFIG_INVALID/);
  });
});

suite("info, as it is known", () => {
  test("prints the URI of a version alone, for scripts", async () => {
    assert.equal((await run("info", "--version", "v1.2.3")).out, `${host}/team/app:v1.2.3\n`);
    assert.equal((await run("info")).out, `${host}/team/app:${sha}\n`);
    assert.equal((await run("info", "--version", "v1.2.3", "--output", "github")).out, `image-uri=${host}/team/app:v1.2.3\n`);
    assert.deepEqual(JSON.parse((await run("info", "--version", "v1", "--output", "json")).out), { uri: `${host}/team/app:v1` });
  });

  test("--version beside an IMAGE is refused", async () => {
    assert.equal((await run("info", `${host}/team/app:latest`, "--version", "v1")).exitCode, 2);
  });
});

suite("validate, as it is known", { concurrency: false }, () => {
  test("without an IMAGE looks at what the commit is published as, at every destination", async () => {
    assert.equal((await run("push")).exitCode, 0);
    const good = await run("validate");
    assert.equal(good.exitCode, 0, good.said);
    assert.match(good.out, new RegExp(`^${host}/team/app@sha256:[0-9a-f]{64}\nvalid: linux/amd64, commit ${sha}\n$`));
    const two = await waybill(["validate", "--to", `${host}/team/app`, "--to", `${host}/team/none`, "--output", "json"], {
      cwd: repository.dir,
    });
    const answer = JSON.parse(two.out);
    assert.deepEqual([two.exitCode, answer.valid, answer.images.map((one: { valid: boolean }) => one.valid)], [6, false, [true, false]]);
  });

  test("a wrong architecture is exit code 3, and a version that is not there is no success", async () => {
    const wrong = await run("validate", "--platform", "linux/arm64");
    assert.equal(wrong.exitCode, 3, wrong.said);
    assert.match(wrong.out, /not valid/);
    const none = await run("validate", "--version", "v9.9.9", "--skip-auth");
    assert.equal(none.exitCode, 6);
    assert.match(none.said, /NOT_FOUND/);
  });

  test("a version that was promoted is looked at by its name", async () => {
    assert.equal((await run("promote", sha, "v1.2.3")).exitCode, 0);
    const { exitCode, out, said } = await run("validate", "--version", "v1.2.3", "--no-latest");
    assert.equal(exitCode, 0, said);
    assert.match(out, /valid: linux\/amd64/);
  });

  test("the platform is DOCKER_DEFAULT_PLATFORM's unless a flag names another", async () => {
    const arm = { ...env, DOCKER_DEFAULT_PLATFORM: "linux/arm64" };
    assert.equal((await waybill(["validate", `${host}/team/app:${sha}`], { cwd: repository.dir, env: arm })).exitCode, 3);
    const flagged = await waybill(["validate", "--platform", "linux/amd64"], { cwd: repository.dir, env: arm });
    assert.equal(flagged.exitCode, 0, flagged.said);
  });
});

suite("where the registry comes from", () => {
  test("--region changes the registry's name", async () => {
    const account = { DOCKER_IMAGE_NAME: "team/app", AWS_ACCOUNT_ID: "712023778557", AWS_DEFAULT_REGION: "us-east-1" };
    const uri = async (...argv: readonly string[]) => (await waybill(["info", ...argv], { cwd: repository.dir, env: account })).out;
    assert.equal(await uri(), `${ecr("us-east-1")}/team/app:${sha}\n`);
    assert.equal(await uri("--region", "eu-west-1"), `${ecr("eu-west-1")}/team/app:${sha}\n`);
  });

  test("missing credentials never become localhost: without a registry there is no run, and without an identity no push", async () => {
    const nowhere = await waybill(["push", "--dry-run"], { cwd: repository.dir, env: { DOCKER_IMAGE_NAME: "team/app" } });
    assert.equal(nowhere.exitCode, 2);
    assert.match(nowhere.said, /CONFIG_MISSING/);
    await using closed = await anEmbeddedRegistry({ basic: { username: "AWS", password: "of the account" } });
    const nobody = await waybill(["push"], {
      cwd: repository.dir,
      env: {
        DOCKER_IMAGE_NAME: "team/app",
        ECR_REGISTRY: ecr("us-east-1"),
        AWS_EC2_METADATA_DISABLED: "true",
        WAYBILL_ENDPOINTS: `${ecr("us-east-1")}=${closed.served.url}`,
      },
    });
    assert.equal(nobody.exitCode, 5, nobody.said);
    assert.match(nobody.said, /CREDENTIALS_MISSING/);
    assert.doesNotMatch(nobody.out + nobody.said, /localhost/);
  });

  test("--explain says for each value whether a flag, a variable or the default gave it", async () => {
    const { said, out } = await run("tags", "--region", "us-east-1", "--platform", "linux/arm64", "--arch-suffix", "--explain");
    for (const line of [
      /^commit +HEAD +\(default\)$/m,
      /^destinations\.0\.registry +\S+ +\(ECR_REGISTRY\)$/m,
      /^destinations\.0\.repository +team\/app +\(DOCKER_IMAGE_NAME\)$/m,
      /^build\.platform +linux\/arm64 +\(--platform\)$/m,
      /^tags\.archSuffix +true +\(--arch-suffix\)$/m,
      /^tags\.release +\{sha\} +\(default\)$/m,
    ])
      assert.match(said, line);
    assert.doesNotMatch(out, /default/);
    const named = await waybill(["info", "--version", sha, "--explain"], { cwd: repository.dir, env: { ...env, VERSION: other } });
    assert.match(named.said, new RegExp(`^commit +${sha} +\\(--version\\)$`, "m"));
  });
});
