import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aClone } from "../support/git-repository.ts";
import { githubApi } from "../support/github-api.ts";
import { keep } from "../support/keep.ts";
import { anApp } from "./app.ts";
import { tagsOf } from "./support.ts";

const name = "team/app";

/** A repository at a forge, and a checkout of its newest commit as actions/checkout makes it. */
async function atForge() {
  const { repository, first } = anApp();
  const commits = [first, ...["2", "3", "4"].map((text) => repository.commit({ a: text }))];
  const api = await githubApi(repository, name);
  const clone = keep(aClone(repository, "--depth=1"));
  // git goes to the folder for what the configuration calls the forge.
  clone.git("config", `url.file://${repository.dir}.insteadOf`, `https://forge.example/${name}`);
  clone.git("remote", "set-url", "origin", `https://forge.example/${name}`);
  const env = (sha: string) => ({
    GITHUB_ACTIONS: "true",
    GITHUB_SHA: sha,
    GITHUB_REF: "refs/heads/main",
    GITHUB_REPOSITORY: name,
    GITHUB_SERVER_URL: "https://forge.example",
    GITHUB_API_URL: api.url,
    GITHUB_TOKEN: "a-token-of-the-job",
  });
  const depth = (): number => clone.git("rev-list", "HEAD").split("\n").length;
  const publish = async (sha: string, more: Readonly<Record<string, string>> = {}, ...flags: readonly string[]) =>
    await waybill(["publish", "--no-reuse", "--verbose", ...flags], { cwd: clone.dir, env: { ...env(sha), ...more } });
  return { repository, commits, api, clone, depth, publish, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

suite("a shallow checkout in a run of GitHub Actions", () => {
  test("is not deepened: GitHub's compare API says what latest asks of the history", async () => {
    await using registry = await anEmbeddedRegistry();
    await using forge = await atForge();
    const { repository, commits, api, depth, publish } = forge;
    const to = `${registry.served.host}/app`;
    const [first = "", , , newest = ""] = commits;
    await waybill(["publish", "--commit", first, "--to", to], { cwd: repository.dir });
    const moved = await publish(newest, {}, "--to", to);
    assert.equal(moved.exitCode, 0, moved.said);
    let tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[newest]);
    assert.deepEqual(api.asked, [`/api/v3/repos/${name}/compare/${first}...${newest}?per_page=1&page=2`]);
    assert.deepEqual([...api.tokens], ["Bearer a-token-of-the-job"]);
    assert.equal(depth(), 1);
    assert.doesNotMatch(moved.said + moved.out, /a-token-of-the-job/);
    // One that is older, and one that another branch holds.
    const older = await publish(commits[1] ?? "", {}, "--to", to);
    assert.match(older.said + older.out, new RegExp(`latest names ${newest.slice(0, 12)}, which is newer`));
    tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[newest]);
  });

  test("learns there that a commit came by a merge, and which newer ones the branch has", async () => {
    await using registry = await anEmbeddedRegistry();
    await using forge = await atForge();
    const { repository, commits, publish } = forge;
    const to = `${registry.served.host}/app`;
    repository.git("checkout", "--quiet", "-b", "side", commits[2] ?? "");
    const side = repository.commit({ s: "1" });
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge", "side");
    const merge = repository.git("rev-parse", "HEAD");
    await waybill(["publish", "--no-latest", "--commit", merge, "--to", to], { cwd: repository.dir });
    const beside = await publish(side, { GITHUB_REF: "refs/tags/side" }, "--to", to);
    assert.match(beside.said + beside.out, new RegExp(`commit ${side.slice(0, 12)} is not on main`));
    // latest goes on to the newest commit that has its image, whichever run writes it.
    const [, , third = ""] = commits;
    assert.equal((await publish(third, {}, "--to", to)).exitCode, 0);
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[merge]);
  });

  test("is deepened without the files' content where the API refuses, which is told", async () => {
    await using registry = await anEmbeddedRegistry();
    await using forge = await atForge();
    const { repository, commits, api, clone, depth, publish } = forge;
    const to = `${registry.served.host}/app`;
    const [first = "", , , newest = ""] = commits;
    await waybill(["publish", "--commit", first, "--to", to], { cwd: repository.dir });
    api.status = 403;
    const run = await publish(newest, {}, "--to", to);
    assert.equal(run.exitCode, 0, run.said);
    assert.match(run.said, /GitHub's compare API gave no answer \(status 403\), so git fetches the history/);
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[newest]);
    assert.equal(depth(), commits.length);
    assert.match(clone.git("rev-list", "--objects", "--all", "--missing=print"), /^\?/m);
  });

  test("asks nobody without a token, for another repository than the run's, and in the clear", async () => {
    await using registry = await anEmbeddedRegistry();
    await using forge = await atForge();
    const { repository, commits, api, publish } = forge;
    const to = `${registry.served.host}/app`;
    await waybill(["publish", "--commit", commits[0] ?? "", "--to", to], { cwd: repository.dir });
    const newest = commits.at(-1) ?? "";
    for (const more of [
      { GITHUB_TOKEN: "" },
      { GITHUB_REPOSITORY: "team/other" },
      { GITHUB_SERVER_URL: "https://elsewhere.example" },
      { GITHUB_API_URL: "http://api.forge.example" },
      { GITHUB_ACTIONS: "" },
    ]) {
      assert.equal((await publish(newest, more, "--to", to, "--dry-run")).exitCode, 0);
    }
    assert.deepEqual(api.asked, []);
  });
});
