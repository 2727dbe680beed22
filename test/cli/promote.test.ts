import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseTag } from "../../src/oci/index.ts";
import { isPrerelease, isVersion } from "../../src/publish/promote/version.ts";
import { recordType } from "../../src/trace/index.ts";
import { seen, tagsOf, withStore } from "../publish/support.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";

/** A registry, and a repository of two commits of which the first is published there. */
async function aPlace(more = "") {
  const registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest", "stable"] });
  const repository = aRepository();
  const host = registry.served.host;
  const published = repository.commit({
    "waybill.yaml": `image: app\ndestinations: [{ registry: "${host}" }${more}]\n`,
    Dockerfile: "FROM scratch\nCOPY app /app\n",
    app: "1",
  });
  const other = repository.commit({ app: "2" });
  const run = async (...argv: readonly string[]) => await waybill(argv, { cwd: repository.dir });
  const first = await run("publish", "--commit", published);
  assert.equal(first.exitCode, 0, first.said);
  return {
    host,
    repository,
    published,
    other,
    run,
    async [Symbol.asyncDispose]() {
      repository.remove();
      await registry[Symbol.asyncDispose]();
    },
  };
}

suite("waybill promote", { concurrency: 2 }, () => {
  test("gives the image a version, once, and never builds", async () => {
    await using place = await aPlace();
    const done = await place.run("promote", place.published, "v1.2.3", "stable");
    assert.equal(done.exitCode, 0, done.said);
    assert.match(
      done.out,
      new RegExp(
        `  ${place.host}/app:v1\\.2\\.3 created\n  ${place.host}/app:stable created\nDOCKER_IMAGE_URI=${place.host}/app:v1\\.2\\.3\n$`,
      ),
    );
    const tags = await tagsOf(`${place.host}/app`);
    assert.deepEqual([tags["v1.2.3"], tags["stable"]], [tags[place.published], tags[place.published]]);
    const again = await place.run("promote", place.published, "v1.2.3", "--output", "json");
    assert.equal(JSON.parse(again.out)[0].targets[0].tags[0].outcome, "kept");
  });

  test("never moves a version, moves another tag, and leaves the tags of publish alone", async () => {
    await using place = await aPlace();
    assert.equal((await place.run("publish", "--commit", place.other)).exitCode, 0);
    await place.run("promote", place.published, "v1.2.3", "stable");
    const moved = await place.run("promote", place.other, "stable");
    assert.match(moved.out, /:stable moved/);
    const refused = await place.run("promote", place.other, "v1.2.3");
    assert.equal(refused.exitCode, 4);
    assert.match(refused.said, /a version is never moved/);
    const tags = await tagsOf(`${place.host}/app`);
    assert.deepEqual([tags["v1.2.3"], tags["stable"]], [tags[place.published], tags[place.other]]);
    const latest = await place.run("promote", place.published, "latest");
    assert.deepEqual([latest.exitCode, latest.out], [2, ""]);
  });

  test("leaves tags that move alone for a prerelease", async () => {
    await using place = await aPlace();
    const done = await place.run("promote", place.published, "v2.0.0-rc.1", "stable");
    assert.match(done.out, / {2}stable left alone: v2\.0\.0-rc\.1 is a prerelease\n/);
    assert.equal((await tagsOf(`${place.host}/app`))["stable"], undefined);
  });

  test("brings the image with its records to another place", async () => {
    await using place = await aPlace();
    await using far = await anEmbeddedRegistry();
    const to = `${far.served.host}/public/app`;
    const done = await place.run("promote", place.published, "v1.0.0", "--to", to);
    assert.equal(done.exitCode, 0, done.said);
    const digest = (await tagsOf(`${place.host}/app`))[place.published];
    assert.deepEqual(await seen(to), { "v1.0.0": { digest, referrers: [recordType] } });
  });

  test("of a commit that is not published fails, or waits until it is", async () => {
    await using place = await aPlace();
    const missing = await place.run("promote", place.other, "v1.0.0");
    assert.equal(missing.exitCode, 6);
    assert.match(missing.said, /no destination holds an image of commit/);
    const waiting = place.run("promote", place.other, "v1.0.0", "--wait", "60s");
    await place.run("publish", "--commit", place.other);
    const done = await waiting;
    assert.equal(done.exitCode, 0, done.said);
    const wrong = await place.run("promote", place.other, "v1.0.0", "--wait", "soon");
    assert.deepEqual([wrong.exitCode, wrong.out], [2, ""]);
  });

  test("tells versions and prereleases", () => {
    for (const tag of ["v1.2.3", "1.2.3", "v1.2.3-rc.1", "1.2.3+5"]) assert.equal(isVersion(tag), true, tag);
    for (const tag of ["latest", "stable", "v1", "1.2", "release"]) assert.equal(isVersion(tag), false, tag);
    for (const tag of ["1.0.0-20260101T120000Z", "1.0.0-dev", "v1.0.0-alpha.1", "1.0.0-beta", "v1.0.0-rc2"])
      assert.equal(isPrerelease(tag), true, tag);
    for (const tag of ["1.0.0", "v1.0.0-20260101", "v1.0.0-hotfix"]) assert.equal(isPrerelease(tag), false, tag);
  });
});

suite("waybill verify-fleet", { concurrency: 2 }, () => {
  test("says that a commit is one digest everywhere, or where it has drifted or is missing", async () => {
    await using far = await anEmbeddedRegistry();
    const mirror = `${far.served.host}/mirror`;
    await using place = await aPlace(`, { registry: "${far.served.host}", repository: mirror }`);
    const fleet = async (...more: readonly string[]) => await place.run("verify-fleet", "--commit", place.published, ...more);
    const fine = await fleet();
    assert.equal(fine.exitCode, 0, fine.said);
    assert.match(fine.out, /^app:[0-9a-f]{40} is sha256:[0-9a-f]{64} everywhere\n/);
    await withStore(mirror, async (store) => await store.tag(parseTag(place.published), await anImage(store)));
    const drifted = await fleet("--wait", "1h");
    assert.equal(drifted.exitCode, 4);
    assert.match(drifted.out, new RegExp(`  ${mirror} drifted: sha256:`));
    await withStore(mirror, async (store) => await store.deleteTag(parseTag(place.published)));
    const missing = await fleet("--output", "json");
    assert.equal(missing.exitCode, 6);
    assert.deepEqual(
      JSON.parse(missing.out)[0].replicas.map(({ state }: { readonly state: string }) => state),
      ["same", "missing"],
    );
  });

  test("waits for what is missing", async () => {
    await using place = await aPlace();
    const waiting = place.run("verify-fleet", "--commit", place.other, "--wait", "60s");
    await place.run("publish", "--commit", place.other);
    assert.equal((await waiting).exitCode, 0);
  });
});
