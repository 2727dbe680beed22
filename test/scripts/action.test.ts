import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { inherited } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { runGit } from "../support/git-repository.ts";

const root = join(import.meta.dirname, "../..");
const action = parse(readFileSync(join(root, "action.yml"), "utf8"));

/** The files of a folder with their bytes, by their path in it. */
function contents(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]),
  );
}

suite("the action that is checked in", { timeout: 60_000 }, () => {
  test("is what the sources make, byte for byte: `make action` makes it", async () => {
    await using folder = await aFolder();
    const out = join(folder.path, "action");
    // The project's own Node: another one's list of modules makes other bytes.
    execFileSync(join(root, "node_modules/node/bin/node"), [join(root, "scripts/action.ts"), "--out", out]);
    const [made, checkedIn] = [contents(out), contents(join(root, "action"))];
    assert.deepEqual(Object.keys(checkedIn).sort(), Object.keys(made).sort());
    for (const [name, text] of Object.entries(made)) assert.ok(checkedIn[name] === text, `action/${name} is stale: run make action`);
  });

  test("is started on Node 24 by files that are there, and holds no path of the machine that made it", () => {
    assert.equal(action.runs.using, "node24");
    const files = contents(join(root, "action"));
    for (const path of [action.runs.main, action.runs.post]) assert.ok(path.replace(/^action\//, "") in files, path);
    for (const [name, text] of Object.entries(files)) assert.ok(!text.includes(root), name);
  });

  test("publishes with an input only, and hands on exactly the outputs that action.yml names", async () => {
    await using run = await aRun();
    assert.equal(await run.main({ to: `${run.host}/team/hello` }), 0);
    const outputs = await run.file("GITHUB_OUTPUT");
    const sha = runGit(run.repo, ["rev-parse", "HEAD"]);
    assert.equal(outputs["image_uri_sha"], `${run.host}/team/hello:${sha}`);
    assert.equal(outputs["image_uri_latest"], `${run.host}/team/hello:latest`);
    assert.deepEqual(JSON.parse(outputs["report"] ?? "").commit.sha, sha);
    assert.deepEqual(
      Object.keys(outputs).sort(),
      Object.keys(action.outputs)
        .filter((name) => name !== "images" && name !== "commits")
        .sort(),
    );
    assert.equal(run.post(await run.file("GITHUB_STATE")), "");
  });

  test("takes a configuration in place of the file, and names it where it is wrong", async () => {
    await using run = await aRun();
    const config = (image: string) => `destinations:\n  - registry: ${run.host}\nimage: ${image}\n`;
    assert.equal(await run.main({ config: config("team/other") }), 0);
    assert.match((await run.file("GITHUB_OUTPUT"))["image_uri_sha"] ?? "", /\/team\/other:/);
    assert.equal(await run.main({ config: config("Not An Image") }), 2);
    assert.match(run.said(), /WAYBILL_CONFIG:3/);
  });

  test("refuses an input that it cannot read, with an exit code for the steps after it", async () => {
    await using run = await aRun();
    assert.equal(await run.main({ to: `${run.host}/team/hello`, "dry-run": "perhaps" }), 2);
    assert.match(run.said(), /^::error title=CONFIG_INVALID/m);
    assert.equal((await run.file("GITHUB_OUTPUT"))["exit_code"], "2");
  });

  test("says in its post step how far a run came that was killed, and the next run goes on", async () => {
    await using run = await aRun();
    const to = { to: `${run.host}/team/hello` };
    await run.main(to, (said) => said.includes("::group::survey"));
    const farewell = run.post(await run.file("GITHUB_STATE"));
    assert.match(farewell, /title=INTERRUPTED::the publication of \w+ was stopped/);
    assert.match(farewell, /^ {2}commit done: /m);
    assert.equal(await run.main(to), 0);
  });
});

/** A repository with one commit, a registry, and the action as a runner starts it. */
async function aRun() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await aFolder());
  const registry = stack.use(await anEmbeddedRegistry());
  const repo = join(folder.path, "repo");
  execFileSync("cp", ["-r", join(root, "examples/hello"), repo]);
  runGit(repo, ["init", "--quiet", "--initial-branch=main"]);
  runGit(repo, ["add", "."]);
  runGit(repo, ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"]);
  const names = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"];
  const files = Object.fromEntries(names.map((name) => [name, join(folder.path, name)]));
  let said = "";
  return {
    repo,
    host: registry.served.host,
    said: () => said,
    /** Runs the main step; kills it once `until` holds of what it said. */
    async main(inputs: Readonly<Record<string, string>>, until?: (said: string) => boolean): Promise<number | null> {
      said = "";
      for (const path of Object.values(files)) await writeFile(path, "");
      const child = spawn(process.execPath, [join(root, action.runs.main)], {
        cwd: repo,
        env: {
          ...inherited(),
          ...files,
          HOME: folder.path,
          GITHUB_ACTIONS: "true",
          ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (until?.(said)) child.kill("SIGKILL");
      });
      const [exitCode] = (await once(child, "close")) as [number | null];
      return exitCode;
    },
    /** A file that the step wrote, as the runner reads it: the last line of a name counts. */
    async file(name: string): Promise<Readonly<Record<string, string>>> {
      const lines = (await readFile(files[name] ?? "", "utf8")).trimEnd().split("\n");
      return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    },
    /** What the post step prints. */
    post: (state: Readonly<Record<string, string>>): string =>
      execFileSync(process.execPath, [join(root, action.runs.post)], {
        env: { ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])), GITHUB_SHA: "abc" },
        encoding: "utf8",
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
