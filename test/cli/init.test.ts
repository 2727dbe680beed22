import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { type CommandRun, command, inherited, waybill } from "../support/cli.ts";
import { aFolder } from "../support/folder.ts";
import { anyOwner, aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";
import { aPinnedRepository } from "../support/pinned-repository.ts";

const github = "git@github.com:Acme/My_App.git";
const dockerfile = { Dockerfile: "FROM scratch\n" };

async function init({ dir }: TestRepository, ...argv: readonly string[]): Promise<CommandRun> {
  return await waybill(["init", "--yes", ...argv], { cwd: dir });
}

async function good(repository: TestRepository, ...argv: readonly string[]): Promise<CommandRun> {
  const run = await init(repository, ...argv);
  assert.equal(run.exitCode, 0, run.said + run.out);
  return run;
}

const text = ({ dir }: TestRepository, path: string): string => readFileSync(join(dir, path), "utf8");
const settings = (repository: TestRepository) => parse(text(repository, "waybill.yaml"));
const workflow = (repository: TestRepository) => parse(text(repository, ".github/workflows/prod.yml"));
const changed = (repository: TestRepository): readonly string[] =>
  repository
    .git("status", "--porcelain", "--untracked-files=all")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(3));

suite("waybill init finds", () => {
  test("one Dockerfile, the remote's name and the branch, and asks for the registry only", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    const unsaid = await init(repository);
    assert.equal(unsaid.exitCode, 2);
    assert.match(unsaid.said, /not to be found out: --registry\n[\s\S]*--registry HOST/);
    const { out, said } = await good(repository, "--registry", "ghcr.io");
    const { image, build, destinations, branches, tags } = settings(repository);
    assert.deepEqual([image, build.file, branches], ["acme/my-app", "Dockerfile", ["main"]]);
    assert.deepEqual([destinations, tags.latest], [[{ registry: "ghcr.io" }], { branch: "main" }]);
    assert.match(said, /^Dockerfile {2}Dockerfile$/m);
    assert.match(said, /^remote +github\.com\/Acme\/My_App$/m);
    assert.deepEqual(changed(repository), [".github/workflows/prod.yml", "Makefile", "waybill.yaml"]);
    assert.match(
      out,
      /What is left to do:\n1\. At GitHub, .*run:\n {5}actions\/checkout, actions\/setup-node, docker\/setup-buildx-action\. It takes no secret\.\n2\. git add waybill\.yaml/,
    );
  });

  test("the root from a folder below, and says how to commit from there", async () => {
    const repository = aPinnedRepository({ ...dockerfile, "src/deep/file": "" }, github);
    const { exitCode, out, said } = await waybill(["init", "--yes", "--registry", "ghcr.io"], { cwd: join(repository.dir, "src/deep") });
    assert.equal(exitCode, 0, said);
    const [, command = ""] = /^\d\. (cd .* && git add [^&]*)/m.exec(out) ?? [];
    execFileSync("sh", ["-c", command], { cwd: join(repository.dir, "src/deep") });
    assert.match(repository.git("status", "--porcelain"), /^A {2}\.github\/workflows\/prod\.yml\nA {2}Makefile\nA {2}waybill\.yaml$/);
  });

  test("several Dockerfiles: it takes the one in the root, and says so; by flags all", async () => {
    const several = { ...dockerfile, "api/Dockerfile": "FROM scratch\nCOPY main /\n", "api/main": "", "web/Dockerfile": "FROM scratch\n" };
    const repository = aPinnedRepository(several, github);
    const { said } = await good(repository, "--registry", "ghcr.io");
    assert.match(said, /^Dockerfile {2}Dockerfile; not api\/Dockerfile, web\/Dockerfile: --file/m);
    const both = aPinnedRepository(several, github);
    await good(both, "--registry", "ghcr.io", "--file", "api/Dockerfile", "--file", "web/Dockerfile");
    assert.deepEqual(
      settings(both).images.map(({ name, image, build }: { name: string; image: string; build: object }) => ({ name, image, build })),
      [
        { name: "api", image: "acme/my-app-api", build: { context: "api", file: "api/Dockerfile" } },
        { name: "web", image: "acme/my-app-web", build: { file: "web/Dockerfile" } },
      ],
    );
    const root = aPinnedRepository(several, github);
    await good(root, "--registry", "ghcr.io", "--file", "Dockerfile", "--file", "api/Dockerfile");
    assert.deepEqual(
      settings(root).images.map(({ image }: { image: string }) => image),
      ["acme/my-app", "acme/my-app-api"],
    );
    assert.equal(text(both, "Makefile").match(/validate ghcr\.io/g)?.length, 2);
    const uneven = await init(both, "--image", "a/b", "--image", "a/c", "--file", "api/Dockerfile");
    assert.equal(uneven.exitCode, 2);
  });

  test("no Dockerfile, and says what to give", async () => {
    const { exitCode, said } = await init(aPinnedRepository({ "README.md": "" }, github), "--registry", "ghcr.io");
    assert.equal(exitCode, 2);
    assert.match(said, /not to be found out: --file\n {2}hint: Give --file PATH/);
  });

  test("no remote: the folder's name will do, but not where names have an owner", async () => {
    const repository = aPinnedRepository(dockerfile);
    const ownerless = await init(repository, "--registry", "ghcr.io");
    assert.equal(ownerless.exitCode, 2);
    assert.match(ownerless.said, /not to be found out: --image\n.*OWNER\/NAME/);
    const { out } = await good(repository, "--registry", "r.example");
    assert.match(settings(repository).image, /^waybill-repository-/);
    assert.match(
      out,
      /a remote at GitHub, where the workflow runs \(it has none\): git remote add origin git@github\.com:OWNER\/NAME\.git/,
    );
    assert.match(out, /REGISTRY_USERNAME and REGISTRY_PASSWORD,\n +to sign in at r\.example/);
  });

  test("a remote that is a folder, which is no place for a workflow", async () => {
    const { out } = await good(aPinnedRepository(dockerfile, "file:///srv/git/app.git"), "--registry", "ghcr.io", "--image", "a/b");
    assert.match(out, /\(origin is no address of one\): git remote set-url origin git@github\.com/);
  });

  test("a remote at GitLab: no workflow of GitHub's unless it is asked for, and a name with all groups", async () => {
    const repository = aPinnedRepository(dockerfile, "https://user:secret@gitlab.com/acme/sub/thing.git");
    const { out, said } = await good(repository, "--registry", "123456789012.dkr.ecr.us-east-1.amazonaws.com");
    assert.equal(settings(repository).image, "acme/sub/thing");
    assert.deepEqual(changed(repository), ["Makefile", "waybill.yaml"]);
    assert.match(said, /^workflow +none: GitLab does not run GitHub's/m);
    assert.match(out, /Let GitLab run this for each push to main[\s\S]*sh \.github\/waybill\.sh publish[\s\S]*docs\/ci\.md/);
    assert.doesNotMatch(out + said, /secret|token\.actions\.githubusercontent/);
    await good(repository, "--ci", "github", "--role", "arn:aws:iam::123456789012:role/publish");
    assert.ok(existsSync(join(repository.dir, ".github/workflows/prod.yml")));
    const infra = await init(repository, "--infra");
    assert.equal(infra.exitCode, 2);
    assert.match(infra.said, /the repository at GitHub/);
  });
});

suite("the branch that waybill init takes", () => {
  const branch = async (repository: TestRepository): Promise<readonly [unknown, string | undefined]> => {
    const { said } = await good(repository, "--registry", "ghcr.io", "--image", "a/b");
    const { branches, tags } = settings(repository);
    assert.deepEqual(workflow(repository).on.push.branches, branches);
    assert.deepEqual(tags.latest, { branch: branches[0] });
    return [branches, /^branch +(.*)$/m.exec(said)?.[1]];
  };

  test("is the remote's default, whatever is checked out", async () => {
    const repository = aPinnedRepository(dockerfile);
    repository.git("branch", "develop");
    repository.git("clone", "--quiet", "--bare", ".", ".git/there.git");
    repository.git("-C", ".git/there.git", "symbolic-ref", "HEAD", "refs/heads/develop");
    repository.git("remote", "add", "origin", `file://${repository.dir}/.git/there.git`);
    repository.git("fetch", "--quiet");
    repository.git("remote", "set-head", "origin", "--auto");
    repository.git("checkout", "--quiet", "-b", "feature");
    assert.deepEqual(await branch(repository), [["develop"], "develop, the remote's default"]);
  });

  for (const name of ["main", "master"]) {
    test(`is ${name} by its name, while a branch of a pull request is checked out`, async () => {
      const repository = aPinnedRepository(dockerfile, github);
      repository.git("branch", "--move", name);
      repository.git("checkout", "--quiet", "-b", "feature");
      assert.deepEqual(await branch(repository), [[name], `${name}, by its name; the remote's default is not known here`]);
    });
  }

  test("is main where HEAD is detached, and what is checked out where nothing else tells", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    repository.git("checkout", "--quiet", "--detach");
    assert.deepEqual((await branch(repository))[0], ["main"]);
    const other = aPinnedRepository(dockerfile, github);
    other.git("branch", "--move", "develop");
    assert.deepEqual(await branch(other), [["develop"], "develop, the one that is checked out"]);
  });

  test("is every branch and pattern of --branch or of waybill.yaml, and latest stays the first name's", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    await good(repository, "--registry", "ghcr.io", "--branch", "release/*", "--branch", "main");
    assert.deepEqual(workflow(repository).on.push.branches, ["release/*", "main"]);
    assert.deepEqual(settings(repository).tags.latest, { branch: "main" });
    const filed = aPinnedRepository(
      { ...dockerfile, "waybill.yaml": "# ours\nimage: a/b # why\ndestinations: [{ registry: ghcr.io }]\nbranches: [main, release/*]\n" },
      github,
    );
    await good(filed);
    assert.deepEqual(workflow(filed).on.push.branches, ["main", "release/*"]);
    assert.match(text(filed, ".github/workflows/prod.yml"), /^# Publishes the image of each commit on main and release\/\*/);
    assert.match(text(filed, "waybill.yaml"), /^# ours\nimage: a\/b # why\n/);
    await good(filed, "--branch", "main");
    // All else is as it was, letter by letter.
    const kept = "# ours\nimage: a/b # why\ndestinations: [{ registry: ghcr.io }]\n";
    assert.equal(text(filed, "waybill.yaml"), `${kept}branches: [main]\n`);
    assert.deepEqual(workflow(filed).on.push.branches, ["main"]);
  });

  test("is followed by latest where another one is named", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    await good(repository, "--registry", "ghcr.io");
    await good(repository, "--branch", "trunk", "--branch", "release/*");
    assert.deepEqual([settings(repository).branches, settings(repository).tags.latest.branch], [["trunk", "release/*"], "trunk"]);
  });
});

suite("the Makefile that waybill init meets", () => {
  const make = (repository: TestRepository, ...argv: readonly string[]): string => {
    const { MAKEFLAGS: _, MAKELEVEL: __, DRY_RUN: ___, VERSION: ____, ...env } = process.env;
    return execFileSync("make", ["--no-print-directory", ...argv], { cwd: repository.dir, env, encoding: "utf8" });
  };

  test("none: it makes one, in which make alone only lists the targets", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    await good(repository, "--registry", "ghcr.io");
    assert.match(make(repository), /^ {2}push-ci +publish/m);
    assert.equal(make(repository, "-n", "push-ci"), "sh .github/waybill.sh publish \n");
    for (const dry of ["1", "true"]) assert.match(make(repository, "-n", "push-ci", `DRY_RUN=${dry}`), /publish --dry-run\n$/);
    assert.doesNotMatch(make(repository, "-n", "push-ci", "DRY_RUN=0"), /--dry-run/);
    assert.equal(
      make(repository, "docker-validate", "VERSION=v1", "DRY_RUN=1"),
      "sh .github/waybill.sh validate ghcr.io/acme/my-app:v1 --platform linux/amd64\n",
    );
  });

  test("one without the targets: they come at its end, between two lines, and stay one when it is run again", async () => {
    const repository = aPinnedRepository({ ...dockerfile, Makefile: "build:\n\tgo build" }, github);
    const { out } = await good(repository, "--registry", "ghcr.io");
    assert.match(out, /^\+push-ci: ## publish/m);
    const once = text(repository, "Makefile");
    assert.match(once, /^build:\n\tgo build\n\n# >>> waybill/);
    await good(repository);
    assert.equal(text(repository, "Makefile"), once);
    assert.match(make(repository, "-n", "build", "push-ci"), /go build\nsh \.github/);
  });

  test("one with lines that end as on Windows: they stay so, and make takes them", async () => {
    const repository = aPinnedRepository({ ...dockerfile, Makefile: "build:\r\n\tgo build\r\n" }, github);
    await good(repository, "--registry", "ghcr.io");
    const lines = text(repository, "Makefile").split("\n").slice(0, -1);
    assert.deepEqual(
      lines.filter((line) => !line.endsWith("\r")),
      [],
    );
    assert.equal(make(repository, "-n", "push-ci"), "sh .github/waybill.sh publish \n");
    const before = text(repository, "Makefile");
    await good(repository);
    assert.equal(text(repository, "Makefile"), before);
  });

  test("one with targets of these names that do something else: it is left alone, and the workflow runs without make", async () => {
    const repository = aPinnedRepository({ ...dockerfile, Makefile: "targets = push-ci\n$(targets):\n\tdocker push x\n" }, github);
    const { said } = await good(repository, "--registry", "ghcr.io");
    assert.match(said, /^Makefile +has a push-ci or docker-validate of its own/m);
    assert.deepEqual(changed(repository), [".github/workflows/prod.yml", "waybill.yaml"]);
    assert.match(text(repository, ".github/workflows/prod.yml"), /run: sh \.github\/waybill\.sh publish\n/);
  });

  test("one whose targets start waybill: they are called", async () => {
    const own = "push-ci:\n\t@npx waybill publish\ndocker-validate:\n\t@npx waybill validate\n";
    const repository = aPinnedRepository({ ...dockerfile, Makefile: own }, github);
    const { said } = await good(repository, "--registry", "ghcr.io");
    assert.match(said, /^Makefile +starts waybill itself/m);
    assert.equal(text(repository, "Makefile"), own);
    assert.match(text(repository, ".github/workflows/prod.yml"), /run: make push-ci VERSION=/);
  });
});

suite("waybill init overwrites", () => {
  const theirs = { ...dockerfile, ".github/workflows/prod.yml": "name: deploy\non: push\njobs: {}\n" };

  test("no file of somebody else: it shows the difference, and writes nothing", async () => {
    const repository = aPinnedRepository(theirs, github);
    const { exitCode, out, said } = await init(repository, "--registry", "ghcr.io");
    assert.equal(exitCode, 2);
    assert.match(out, /prod\.yml: to be overwritten\n-name: deploy\n/);
    assert.match(said, /prod\.yml: written or changed by somebody else, so nothing was written[\s\S]*--force/);
    assert.deepEqual(changed(repository), []);
  });

  test("it with --force", async () => {
    const repository = aPinnedRepository(theirs, github);
    await good(repository, "--registry", "ghcr.io", "--force", "--make", "own");
    assert.equal(workflow(repository).name, "prod");
  });

  test("what it wrote itself, unless somebody changed it since", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    await good(repository, "--registry", "ghcr.io");
    const path = ".github/workflows/prod.yml";
    // As git leaves it on Windows.
    repository.write({ [path]: text(repository, path).replaceAll("\n", "\r\n") });
    const renewed = await good(repository, "--branch", "main", "--branch", "release/*");
    assert.match(renewed.out, /^\.github\/workflows\/prod\.yml: renewed$/m);
    repository.write({ [path]: text(repository, path).replace("timeout-minutes: 10", "timeout-minutes: 20") });
    const refused = await init(repository, "--branch", "main");
    assert.equal(refused.exitCode, 2);
    assert.match(refused.out, /^\.github\/workflows\/prod\.yml: to be overwritten$/m);
  });

  test("nothing with --dry-run, which shows every line", async () => {
    const repository = aPinnedRepository(theirs, github);
    const { out } = await good(repository, "--registry", "ghcr.io", "--dry-run");
    assert.match(out, /^\+image: acme\/my-app$/m);
    assert.deepEqual(changed(repository), []);
  });

  test("nothing through a link that leads out of the repository", async () => {
    await using folder = await aFolder();
    writeFileSync(join(folder.path, "out"), "");
    const repository = aPinnedRepository({ ...dockerfile, Makefile: { symlink: join(folder.path, "out") } }, github);
    const { exitCode, said } = await init(repository, "--registry", "ghcr.io");
    assert.equal(exitCode, 2, said);
    assert.match(said, /Makefile is a link that leads out/);
    assert.equal(readFileSync(join(folder.path, "out"), "utf8"), "");
  });
});

suite("waybill init refuses", () => {
  test("a folder that is in no repository, that is not there, and a repository without a work tree", async () => {
    await using folder = await aFolder();
    const bare = keep(aRepository({ bare: true }));
    for (const [dir, words] of [
      [folder.path, /is not in a git repository/],
      [join(folder.path, "none"), /there is no folder/],
      [bare.dir, /has no work tree/],
    ] as const) {
      const { exitCode, said } = await waybill(["init", "--yes", "--repo", dir], { cwd: folder.path });
      assert.equal(exitCode, 2);
      assert.match(said, words);
    }
  });

  test("a folder that cannot be entered, and a file that cannot be read, without calling either a defect", async (context) => {
    await using folder = await aFolder();
    const closed = join(folder.path, "closed");
    mkdirSync(closed);
    const repository = aPinnedRepository(dockerfile, github);
    chmodSync(closed, 0);
    chmodSync(join(repository.dir, "Dockerfile"), 0);
    const root = process.getuid?.() === 0;
    // Root may everything; and nobody may look into the folders that these tests have.
    if (root && !existsSync("/usr/bin/setpriv")) return context.skip("there is no setpriv to be somebody else with");
    const app = join(folder.path, "app");
    cpSync(join(command, ".."), app, { recursive: true });
    chmodSync(app, 0o755);
    chmodSync(folder.path, 0o755);
    chmodSync(repository.dir, 0o777);
    const node = root ? join(folder.path, "node") : process.execPath;
    if (root) cpSync(process.execPath, node);
    const argv = [
      ...(root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []),
      node,
      join(app, "cli.js"),
      "init",
      "--yes",
    ];
    const env = { ...inherited(), HOME: folder.path, ...anyOwner };
    const run = (dir: string) => {
      const [program = "", ...words] = [...argv, "--repo", dir, "--registry", "ghcr.io"];
      return spawnSync(program, words, { cwd: "/", env, encoding: "utf8" });
    };
    for (const [dir, words] of [
      [closed, /closed cannot be entered: permission denied\n[\s\S]*code: FILE_FAILED, exit 2/],
      [repository.dir, /Dockerfile cannot be read: EACCES[\s\S]*code: FILE_FAILED, exit 2/],
    ] as const) {
      const { status, stderr } = run(dir);
      assert.equal(status, 2, stderr);
      assert.match(stderr, words);
    }
    chmodSync(join(repository.dir, "Dockerfile"), 0o644);
  });

  test("what is no registry, no branch and no role, before anything else", async () => {
    const repository = aPinnedRepository(dockerfile, github);
    for (const [argv, words] of [
      [["--registry", "ghcr"], /--registry takes a registry host.*like ghcr\.io.*not "ghcr"/],
      [["--registry", "https://ghcr.io"], /--registry takes/],
      [["--registry", "ghcr.io", "--branch", "a..b"], /--branch takes/],
      [["--registry", "ghcr.io", "--role", "publish"], /--role takes/],
    ] as const) {
      const { exitCode, said } = await init(repository, ...argv);
      assert.equal(exitCode, 2);
      assert.match(said, words);
    }
    assert.deepEqual(changed(repository), []);
  });
});

test("the scaffold pins waybill by version and by the bytes of its package, and runs nothing else", async () => {
  await using folder = await aFolder();
  const source = join(folder.path, "source");
  mkdirSync(join(source, "bin"), { recursive: true });
  writeFileSync(join(source, "package.json"), JSON.stringify({ name: "waybill", version: "9.9.9", scripts: { prepack: "exit 1" } }));
  writeFileSync(join(source, "bin/waybill.js"), "console.log(['pinned', ...process.argv.slice(2)].join(' '));\n");
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder.path], { cwd: source });
  const archive = readFileSync(join(folder.path, "waybill-9.9.9.tgz"));
  const repository = aPinnedRepository({ ...dockerfile, "tools/waybill-9.9.9.tgz": archive }, github);
  await good(repository, "--registry", "ghcr.io", "--package", "tools/waybill-9.9.9.tgz", "--force");
  const script = text(repository, ".github/waybill.sh");
  assert.ok(script.includes(`sha512-${createHash("sha512").update(archive).digest("base64")}`) && script.includes("9.9.9"));
  assert.equal(statSync(join(repository.dir, ".github/waybill.sh")).mode & 0o111, 0o111);
  const run = () => execFileSync("sh", [".github/waybill.sh", "plan", "a b"], { cwd: repository.dir, encoding: "utf8", stdio: "pipe" });
  assert.equal(run(), "pinned plan a b\n");
  // Kept beside git's own files, and not fetched again.
  repository.write({ "tools/waybill-9.9.9.tgz": "something else" });
  assert.equal(run(), "pinned plan a b\n");
  repository.git("clean", "-fdxq");
  execFileSync("rm", ["-rf", join(repository.dir, ".git/waybill")]);
  assert.throws(run, /is not what is pinned|cannot get/);
});
