import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseTag } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { attachRecord, type PublishRecord, readRecord, recordsOf } from "../../src/trace/index.ts";
import { aPretendedRuntime, ended, type Pretended, type PretendedRuntime } from "../smoke/support.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { programs } from "../support/programs.ts";
import { anApp } from "./app.ts";
import { type PublishSpec, publish, tagsOf, withStore } from "./support.ts";

const comesUp: Pretended = { start: "exit 0", state: { State: ended(0) } };
const dies: Pretended = { start: "echo 'cannot listen'; exit 1", state: { State: ended(1) } };

/** A registry, an app, and a runtime that only pretends; publishing starts images with it. */
async function aPlace(does: Pretended, checks = "checks: { smoke: true }") {
  await using made = new AsyncDisposableStack();
  const registry = made.use(await anEmbeddedRegistry());
  const runtime = made.use(await aPretendedRuntime(does));
  const { repository, first } = anApp();
  const to = `${registry.served.host}/app`;
  const events: Event[] = [];
  const kept = made.move();
  return {
    repository,
    first,
    to,
    events,
    publish: async (spec: Partial<PublishSpec> = {}) =>
      await publish({
        repo: repository.dir,
        to: [to],
        config: checks,
        env: { PATH: `${runtime.dir}:${process.env["PATH"]}` },
        emit: (event) => void events.push(event),
        ...spec,
      }),
    starts: async () => await startsOf(runtime),
    [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose](),
  };
}

/** How often an image was started. */
async function startsOf(runtime: PretendedRuntime): Promise<number> {
  return (await runtime.calls().catch(() => [])).filter((call) => call.startsWith("start ")).length;
}

/** The record at a commit's image. */
async function recordAt(to: string, sha: string): Promise<Partial<PublishRecord>> {
  return await withStore(to, async (store) => {
    const root = await store.resolve(parseTag(sha));
    assert.ok(root);
    const [record] = await recordsOf(store, root.digest);
    assert.ok(record);
    return await readRecord(store, record);
  });
}

suite("publishing with checks.smoke", () => {
  test("starts a new image before its tags are written; report and record say how it came up", async () => {
    await using place = await aPlace(comesUp);
    const report = await place.publish();
    assert.equal(report.exitCode, 0);
    const order = place.events.flatMap((event) =>
      event.kind === "tag" ? [`tag ${event.tag}`] : event.kind === "message" && event.text.startsWith("started with") ? ["started"] : [],
    );
    assert.deepEqual(order, ["started", `tag ${place.first}`, "tag latest"]);
    const { started } = report.images[0] ?? {};
    assert.deepEqual(
      [started?.passed, started?.outcome, started?.runtime, started?.commit],
      [true, "it ended with exit code 0", "docker", place.first],
    );
    const { smoke } = await recordAt(place.to, place.first);
    assert.deepEqual([smoke?.passed, smoke?.outcome, smoke?.commit], [true, "it ended with exit code 0", place.first]);
  });

  test("writes no tag where the image does not come up, ends with 3, and shows what it printed", async () => {
    await using place = await aPlace(dies);
    const report = await place.publish();
    assert.deepEqual([report.exitCode, report.failures[0]?.code], [3, "CHECK_FAILED"]);
    assert.match(report.failures[0]?.message ?? "", /no tag was written: the image does not come up: it ended with exit code 1/);
    assert.match(report.failures[0]?.hint ?? "", /It printed last: cannot listen/);
    assert.deepEqual(
      report.images[0]?.findings.map(({ code, level }) => [code, level]),
      [["not-up", "error"]],
    );
    assert.ok(place.events.some((event) => event.kind === "message" && event.text === "| cannot listen"));
    assert.deepEqual(await tagsOf(place.to), {});
    // What is not in force is started anew.
    assert.equal((await place.publish()).exitCode, 3);
    assert.equal(await place.starts(), 2);
  });

  test("does not start what is tagged: neither again, nor for a further destination", async () => {
    await using place = await aPlace(comesUp);
    await place.publish();
    await place.publish();
    const report = await place.publish({ to: [place.to, `${place.to}-too`] });
    assert.equal(report.exitCode, 0);
    assert.equal(report.images[0]?.destinations[1]?.delivery, "delivered");
    assert.equal(await place.starts(), 1);
  });

  test("does not start content again that came up for an ancestor, and the record says whose it was", async () => {
    await using place = await aPlace(comesUp);
    await place.publish();
    const second = place.repository.commit({ "README.md": "not in the image" });
    const third = place.repository.commit({ "README.md": "nor this" });
    const report = await place.publish({ commit: second });
    assert.deepEqual([report.exitCode, report.images[0]?.built, report.images[0]?.started?.commit], [0, false, place.first]);
    assert.equal((await place.publish({ commit: third })).images[0]?.started?.commit, place.first);
    assert.equal((await recordAt(place.to, third)).smoke?.commit, place.first);
    assert.equal(await place.starts(), 1);
  });

  test("starts an ancestor's content that was never started, or had to show something else", async () => {
    await using place = await aPlace(comesUp, "");
    await place.publish();
    assert.equal(await place.starts(), 0);
    const second = place.repository.commit({ "README.md": "not in the image" });
    const report = await place.publish({ commit: second, config: "checks: { smoke: true }" });
    assert.deepEqual([report.images[0]?.reused?.commit, report.images[0]?.started?.commit], [place.first, second]);
    const third = place.repository.commit({ "README.md": "nor this" });
    await place.publish({ commit: third, config: "checks: { smoke: { env: { MODE: test } } }" });
    assert.equal(await place.starts(), 2);
  });

  test("starts an ancestor's content that nobody has started, and leaves the ancestor's tags where it does not come up", async () => {
    await using place = await aPlace(dies, "");
    await place.publish();
    const second = place.repository.commit({ "README.md": "not in the image" });
    assert.equal((await place.publish({ commit: second, config: "checks: { smoke: true }" })).exitCode, 3);
    assert.deepEqual(Object.keys(await tagsOf(place.to)).toSorted(), [place.first, "latest"].toSorted());
  });

  test("takes from a record only what a record says: its words may be anybody's", async () => {
    await using place = await aPlace(comesUp);
    await place.publish();
    const honest = await recordAt(place.to, place.first);
    await using other = await aPlace(comesUp, "");
    await other.publish();
    const attach = async (smoke: object): Promise<void> =>
      await withStore(other.to, async (store) => {
        const root = await store.resolve(parseTag(other.first));
        assert.ok(root);
        await attachRecord(store, root, { ...(await recordAt(other.to, other.first)), smoke } as PublishRecord);
      });
    await attach({ ...honest.smoke, commit: "no commit" });
    await attach({ ...honest.smoke, outcome: "\u001b[2Jall is well ::error::" });
    const second = other.repository.commit({ "README.md": "not in the image" });
    const report = await other.publish({ commit: second, config: "checks: { smoke: true }" });
    assert.equal(report.images[0]?.started?.commit, place.first);
    assert.equal(report.images[0]?.started?.outcome, "[2Jall is well ::error::");
    assert.equal(await other.starts(), 0);
  });

  test("starts nothing that is wrong already", async () => {
    await using place = await aPlace(comesUp);
    const report = await place.publish({ platform: "linux/arm64" });
    assert.equal(report.exitCode, 3);
    assert.equal(await place.starts(), 0);
  });

  test("ends before a build where nothing can start images, or a variable is not there", async () => {
    await using place = await aPlace(comesUp);
    await using nothing = await programs({});
    const without = await place.publish({ env: { PATH: nothing.dir } });
    assert.deepEqual([without.exitCode, without.failures[0]?.code], [2, "RUNTIME_MISSING"]);
    const variable = await place.publish({ config: "checks: { smoke: { env: { NOT_THERE: } } }" });
    assert.deepEqual([variable.exitCode, variable.failures[0]?.code], [2, "CONFIG_MISSING"]);
    for (const report of [without, variable]) assert.deepEqual(report.images[0]?.steps.at(-1)?.step, "obtain");
    assert.deepEqual(await tagsOf(place.to), {});
  });

  test("a runtime that fails says nothing of the image: exit 2, and no tag", async () => {
    await using place = await aPlace({ load: "echo 'no space left on device' >&2; exit 1" });
    const report = await place.publish();
    assert.deepEqual([report.exitCode, report.failures[0]?.code], [2, "RUNTIME_FAILED"]);
    assert.deepEqual(await tagsOf(place.to), {});
  });

  test("is planned in words, and a dry run starts nothing", async () => {
    await using place = await aPlace(
      comesUp,
      'checks: { smoke: { http: /health, status: "200", port: 80, timeout: 2m, runtime: docker } }',
    );
    await place.publish({ dryRun: true });
    const said = place.events.flatMap((event) => (event.kind === "message" ? [event.text] : [])).join("\n");
    assert.match(
      said,
      /started before its tags are written, where it is new: by docker, until GET \/health at port 80 answers 200, within 2 min 0 s/,
    );
    assert.equal(await place.starts(), 0);
  });
});
