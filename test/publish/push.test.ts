import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { loadSettings, type Push } from "../../src/config/index.ts";
import { type PushReports, publishPush } from "../../src/publish/index.ts";
import type { Event } from "../../src/report/index.ts";
import { anonymous, createRegistryClient } from "../../src/store/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { quick } from "../support/registry-client.ts";
import { anApp } from "./app.ts";
import { readRelease, tagsOf } from "./support.ts";

interface Run {
  readonly repo: string;
  readonly config: string;
  readonly push?: Push;
  readonly range?: { readonly before: string; readonly after: string };
  readonly environment?: { readonly commit: string; readonly from: string };
  readonly emit?: (event: Event) => void;
  readonly signal?: AbortSignal;
  readonly dryRun?: boolean;
}

async function run({ repo, config, push, emit = () => {}, dryRun = false, ...more }: Run): Promise<PushReports> {
  await using client = createRegistryClient({ signIn: anonymous, emit: () => {}, ...quick });
  return await publishPush({
    repo,
    settings: () => loadSettings({ readFile: async () => new TextEncoder().encode(config), env: {}, flags: {} }),
    push: async () => push,
    dryRun,
    adopt: false,
    registries: client,
    env: process.env,
    facts: { waybill: "1.2.3", startedAt: Date.now() },
    emit,
    ...more,
  });
}

const config = (host: string, more = ""): string => `image: app\ndestinations: [{ registry: "${host}" }]\neveryCommit: true\n${more}`;
const broken = "FROM scratch\nCOPY nothing /nothing\n";
const whole = 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n';

suite("every commit of a push", () => {
  test("is published, oldest first, each with a report of its own, and latest is written once", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const commits = ["1", "2", "3"].map((text) => repository.commit({ note: text }));
    const tags: string[] = [];
    const { every, reports } = await run({
      repo: repository.dir,
      config: config(registry.served.host),
      push: { before: first, after: commits[2] ?? "", branch: "main" },
      emit: (event) => void (event.kind === "tag" && tags.push(`${event.tag} ${event.outcome}`)),
    });
    assert.equal(every, true);
    assert.deepEqual(
      reports.map(({ commit, exitCode, images }) => [commit.sha, exitCode, images[0]?.status]),
      commits.map((sha) => [sha, 0, "published"]),
    );
    assert.deepEqual(tags, [...commits.map((sha) => `${sha} created`), "latest created"]);
    const held = await tagsOf(`${registry.served.host}/app`);
    assert.deepEqual(Object.keys(held).toSorted(), [...commits, "latest"].toSorted());
    assert.equal(held["latest"], held[commits[2] ?? ""]);
    for (const sha of commits) {
      const { annotations } = await readRelease(`${registry.served.host}/app`, sha);
      assert.equal(annotations["org.opencontainers.image.revision"], sha);
    }
  });

  test("is found published already by a second run, which writes nothing", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const after = [repository.commit({ note: "1" }), repository.commit({ note: "2" })][1] ?? "";
    const again = { repo: repository.dir, config: config(registry.served.host), push: { before: first, after, branch: "main" } };
    await run(again);
    const held = await tagsOf(`${registry.served.host}/app`);
    const { reports } = await run(again);
    assert.deepEqual(
      reports.map(({ images }) => images[0]?.status),
      ["present", "present"],
    );
    assert.deepEqual(await tagsOf(`${registry.served.host}/app`), held);
  });

  test("that fails does not keep the others from being published, and latest names the newest that was", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const bad = repository.commit({ Dockerfile: broken });
    const good = repository.commit({ Dockerfile: whole, note: "1" });
    const last = repository.commit({ Dockerfile: broken, note: "2" });
    const { reports } = await run({
      repo: repository.dir,
      config: config(registry.served.host),
      push: { before: first, after: last, branch: "main" },
    });
    assert.deepEqual(
      reports.map(({ commit, exitCode }) => [commit.sha, exitCode]),
      [
        [bad, 7],
        [good, 0],
        [last, 7],
      ],
    );
    const held = await tagsOf(`${registry.served.host}/app`);
    assert.deepEqual(Object.keys(held).toSorted(), [good, "latest"].toSorted());
    assert.equal(held["latest"], held[good]);
    const tagged = reports[1]?.images[0]?.destinations[0]?.tags.map(({ tag, outcome }) => `${tag} ${outcome}`);
    assert.deepEqual(tagged, [`${good} created`, "latest created"]);
    assert.equal(reports[1]?.images[0]?.built, true);
  });

  test("is one, and the log says why, where the run is for no push, or another commit was named", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const second = repository.commit({ note: "1" });
    const third = repository.commit({ note: "2" });
    const said: string[] = [];
    const emit = (event: Event): void => void (event.kind === "message" && said.push(event.text));
    const settings = { repo: repository.dir, config: config(registry.served.host), emit };
    const none = await run(settings);
    assert.deepEqual([none.every, none.reports.map(({ commit }) => commit.sha)], [true, [third]]);
    assert.ok(said.some((text) => /one commit is published: the run is for no push/.test(text)));
    const push = { before: first, after: third, branch: "main" };
    const named = await run({ ...settings, push, environment: { commit: second, from: "VERSION" } });
    assert.deepEqual(
      named.reports.map(({ commit }) => commit.sha),
      [second],
    );
    assert.ok(said.some((text) => /VERSION names another one/.test(text)));
  });

  test("may be named by a range, whatever the settings say", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [second, third] = [repository.commit({ note: "1" }), repository.commit({ note: "2" })];
    repository.commit({ note: "3" });
    const { reports } = await run({
      repo: repository.dir,
      config: config(registry.served.host).replace("everyCommit: true", ""),
      range: { before: first, after: third },
    });
    assert.deepEqual(
      reports.map(({ commit }) => commit.sha),
      [second, third],
    );
    const held = await tagsOf(`${registry.served.host}/app`);
    assert.equal(held["latest"], held[third]);
  });

  test("of more than a hundred are the newest hundred, and the log says how the others are published", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const { tree, parent } = { tree: repository.git("rev-parse", "HEAD^{tree}"), parent: first };
    const chain = [parent];
    for (let n = 0; n < 102; n++) chain.push(repository.git("commit-tree", tree, "-p", chain[n] ?? "", "-m", `${n}`));
    repository.git("reset", "--quiet", "--hard", chain[102] ?? "");
    const warned: string[] = [];
    const { reports } = await run({
      repo: repository.dir,
      config: config(registry.served.host),
      push: { before: first, after: chain[102] ?? "", branch: "main" },
      dryRun: true,
      emit: (event) => void (event.kind === "message" && event.level === "warning" && warned.push(`${event.text} ${event.hint}`)),
    });
    assert.equal(reports.length, 100);
    assert.equal(reports[0].commit.sha, chain[3]);
    assert.ok(warned.some((text) => text.includes(`--every-commit ${first}..${chain[2]}`)));
  });

  test("is not begun after an interruption", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const after = [repository.commit({ note: "1" }), repository.commit({ note: "2" })][1] ?? "";
    const stopping = new AbortController();
    const { Failure } = await import("../../src/failure/index.ts");
    const { reports } = await run({
      repo: repository.dir,
      config: config(registry.served.host),
      push: { before: first, after, branch: "main" },
      signal: stopping.signal,
      emit: (event) => {
        if (event.kind === "tag") stopping.abort(new Failure("INTERRUPTED", "stopped"));
      },
    });
    assert.equal(reports.length, 1);
    assert.equal(reports[0].exitCode, 130);
  });

  test("is refused where files come from a build step, which made them for one commit only", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const wrong = run({ repo: repository.dir, config: config(registry.served.host, 'build: { generated: ["dist/**"] }\n') });
    await assert.rejects(wrong, { code: "CONFIG_INVALID", message: /build\.generated/ });
  });
});
