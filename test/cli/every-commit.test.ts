import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { anApp } from "../publish/app.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

/** A repository with two commits after its first one, and a registry. */
async function aPush() {
  await using stack = new AsyncDisposableStack();
  const { path: dir } = stack.use(await aFolder());
  const registry = stack.use(await anEmbeddedRegistry());
  const { repository, first } = anApp();
  const [second, third] = [repository.commit({ note: "1" }), repository.commit({ note: "2" })];
  const to = `${registry.served.host}/team/app`;
  const file = (name: string): string => join(dir, name);
  await writeFile(file("event"), JSON.stringify({ before: first, after: third }));
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "push",
    GITHUB_EVENT_PATH: file("event"),
    GITHUB_SHA: third,
    GITHUB_REF: "refs/heads/main",
    GITHUB_OUTPUT: file("outputs"),
    GITHUB_STEP_SUMMARY: file("summary"),
    WAYBILL_EVERY_COMMIT: "on",
  };
  const whole = stack.move();
  return {
    first,
    second,
    third,
    to,
    env,
    run: async (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      await waybill(["publish", "--to", to, ...argv], { cwd: repository.dir, env: more }),
    read: async (name: string) => await readFile(file(name), "utf8"),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

suite("publish --every-commit", () => {
  test("of a push on GitHub gives the newest commit's outputs, all in commits, and a table of them in the summary", async () => {
    await using push = await aPush();
    const { second, third, to } = push;
    const { exitCode, out, said } = await push.run([], push.env);
    assert.equal(exitCode, 0, said);
    assert.match(said, /the push to main brought 2 commits/);
    assert.equal(out.trimEnd().split("\n").at(-1), `DOCKER_IMAGE_URI=${to}:${third}`);
    const lines = (await push.read("outputs")).trimEnd().split("\n");
    const outputs = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    assert.deepEqual([outputs["git_sha"], outputs["image_uri_sha"], outputs["exit_code"]], [third, `${to}:${third}`, "0"]);
    assert.equal(outputs["image_uri_latest"], `${to}:latest`);
    assert.deepEqual(
      JSON.parse(outputs["commits"] ?? "").map((one: Readonly<Record<string, unknown>>) => [
        one["git_sha"],
        one["image_uri_sha"],
        one["status"],
      ]),
      [second, third].map((sha) => [sha, `${to}:${sha}`, "published"]),
    );
    const summary = await push.read("summary");
    assert.match(summary, /2 commits of the push, newest first/);
    assert.ok(summary.indexOf(third.slice(0, 20)) < summary.indexOf(second.slice(0, 20)));
  });

  test("--output json prints a list, whose length is the push's", async () => {
    await using push = await aPush();
    const every = JSON.parse((await push.run(["--output", "json"], push.env)).out);
    assert.deepEqual(
      every.map(({ commit }: { readonly commit: { readonly sha: string } }) => commit.sha),
      [push.second, push.third],
    );
    const one = JSON.parse((await push.run(["--output", "json", "--no-every-commit"], push.env)).out);
    assert.equal(one.commit.sha, push.third);
  });

  test("takes a range by full names, and says what is wrong with another", async () => {
    await using push = await aPush();
    const { first, second } = push;
    const { exitCode, out, said } = await push.run(["--every-commit", `${first}..${second}`]);
    assert.equal(exitCode, 0, said);
    assert.match(out, new RegExp(`:${second} created`));
    for (const [argv, code, hint] of [
      [["--every-commit", "main"], "USAGE", /git rev-parse/],
      [["--every-commit", `${first}...${second}`], "USAGE", /git rev-parse/],
      [["--every-commit", `${first.slice(0, 7)}..${second}`], "COMMIT_ABBREVIATED", /full name/],
      [["--every-commit", "--commit", second], "USAGE", /BEFORE\.\.AFTER/],
    ] as const) {
      const wrong = await push.run(argv);
      assert.deepEqual([wrong.exitCode, wrong.said.includes(code)], [2, true], wrong.said);
      assert.match(wrong.said, hint);
    }
  });

  test("--explain says where it was asked for", async () => {
    await using push = await aPush();
    const { said } = await push.run(["--explain", "--dry-run"], push.env);
    assert.match(said, /everyCommit +true +\(WAYBILL_EVERY_COMMIT\)/);
  });
});
