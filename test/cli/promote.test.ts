import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { tagMoves } from "../../src/aws/index.ts";
import { parseTag } from "../../src/oci/index.ts";
import { isPrerelease, isVersion } from "../../src/publish/promote/version.ts";
import { recordType } from "../../src/trace/index.ts";
import { seen, tagsOf, withStore } from "../publish/support.ts";
import { anAws } from "../support/aws.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";

/** A registry, and a repository of two commits of which the first is published there. */
async function aPlace(more = "", elsewhere: Readonly<Record<string, true>> = {}) {
  const registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest", "stable"] });
  const repository = aRepository();
  const host = registry.served.host;
  const published = repository.commit({
    "waybill.yaml": `image: app\ndestinations: [{ registry: "${host}" }${more}]\nendpoints: ${JSON.stringify(Object.fromEntries(Object.keys(elsewhere).map((name) => [name, `http://${host}`])))}\n`,
    Dockerfile: "FROM scratch\nCOPY app /app\n",
    app: "1",
  });
  const other = repository.commit({ app: "2" });
  const run = async (...argv: readonly string[]) =>
    await waybill(argv[0] === "publish" ? [...argv, "--skip-auth"] : argv, { cwd: repository.dir });
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

  test("tells what became of each of several images, where one of them is not there", async () => {
    await using registry = await anEmbeddedRegistry();
    const { host } = registry.served;
    const repository = aRepository();
    try {
      const two = (images: string) =>
        `destinations: [{ registry: "${host}" }]\nimages: [${images}]\nendpoints: { "${host}": "http://${host}" }\n`;
      const published = repository.commit({
        "waybill.yaml": two("{ name: web }"),
        Dockerfile: "FROM scratch\nCOPY app /app\n",
        app: "1",
      });
      const run = async (...argv: readonly string[]) => await waybill(argv, { cwd: repository.dir });
      assert.equal((await run("publish", "--skip-auth", "--commit", published)).exitCode, 0);
      repository.write({ "waybill.yaml": two("{ name: api }, { name: web }") });
      const done = await run("promote", published, "v1.2.3");
      assert.equal(done.exitCode, 6, done.said);
      assert.match(
        done.out,
        new RegExp(`^api: not promoted: .+\nweb: sha256:.+\n  ${host}/web:v1\\.2\\.3 created\nDOCKER_IMAGE_URI=${host}/web:v1\\.2\\.3\n$`),
      );
      assert.match(done.said, /code: NOT_FOUND, exit 6/);
      const [api, web] = JSON.parse((await run("promote", published, "v1.2.3", "--output", "json")).out);
      assert.deepEqual([api.name, typeof api.failure.code, web.targets[0].tags[0].outcome], ["api", "string", "kept"]);
    } finally {
      repository.remove();
    }
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

  test("shows a replica at ECR whose tags can be overwritten", async () => {
    const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
    const mutability: Readonly<Record<string, object>> = {
      open: { imageTagMutability: "MUTABLE" },
      shut: { imageTagMutability: "IMMUTABLE" },
      except: {
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filter: "late*", filterType: "WILDCARD" }],
      },
    };
    const places = Object.keys(mutability).map((name) => `, { registry: "${host}", repository: ${name} }`);
    await using place = await aPlace(places.join(""), { [host]: true });
    const aws = await anAws({
      answers: {
        DescribeRepositories(body) {
          const [repositoryName] = JSON.parse(body).repositoryNames as [string];
          return { repositories: [{ repositoryName, ...mutability[repositoryName] }] };
        },
      },
    });
    const env = { ...aws.env, AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };
    const args = ["verify-fleet", "--commit", place.published];
    const { out, said, exitCode } = await waybill(args, { cwd: place.repository.dir, env });
    assert.equal(exitCode, 0, said);
    assert.match(out, /\/open same, mutable: the tag can be overwritten there\n/);
    assert.match(out, /\/shut same\n.*\/except same\n$/s);
    const unasked = await waybill([...args, "--skip-auth"], { cwd: place.repository.dir, env });
    assert.match(unasked.out, /\/open same\n/);
  });

  test("tells of every setting of ECR which tags can be overwritten", () => {
    const of = (mutability: "MUTABLE" | "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION", ...moving: string[]) =>
      ["latest", "v1.2"].map((tag) => tagMoves({ mutability, moving }, tag));
    assert.deepEqual(of("MUTABLE"), [true, true]);
    assert.deepEqual(of("IMMUTABLE"), [false, false]);
    assert.deepEqual(of("IMMUTABLE_WITH_EXCLUSION", "late*"), [true, false]);
    assert.deepEqual(of("MUTABLE_WITH_EXCLUSION", "v1.*", "v1x2"), [true, false]);
  });

  test("waits for what is missing", async () => {
    await using place = await aPlace();
    const waiting = place.run("verify-fleet", "--commit", place.other, "--wait", "60s");
    await place.run("publish", "--commit", place.other);
    assert.equal((await waiting).exitCode, 0);
  });
});
