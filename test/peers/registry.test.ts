import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";
import { aDistribution } from "./support/distribution.ts";
import { must, runProgram } from "./support/run.ts";

const repository = aRepository();
const sha = repository.commit({
  Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
  app: elfProgram("amd64", "hello\n"),
});
await using cleanup = new AsyncDisposableStack();
const peer = cleanup.use(await aDistribution());
const embedded = cleanup.use(await anEmbeddedRegistry());
const folder = cleanup.use(await aFolder());
const kept = cleanup.move();
after(async () => {
  await kept[Symbol.asyncDispose]();
  repository.remove();
});

const name = `${peer.host}/team/app`;
const here = { cwd: repository.dir };
const skopeo = (...argv: readonly string[]): Promise<string> => must("skopeo", argv);

/** Runs the command, which has to succeed, and gives what it printed. */
async function succeed(...argv: readonly string[]): Promise<string> {
  const { exitCode, out, said } = await waybill(argv, here);
  assert.equal(exitCode, 0, said + out);
  return out;
}

/** The digest that a registry names for a tag, as it says itself. */
async function digestAt(image: string, tag: string): Promise<string> {
  const [host, ...path] = image.split("/");
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const answer = await fetch(`http://${host}/v2/${path.join("/")}/manifests/${tag}`, { method: "HEAD", headers: { accept } });
  assert.equal(answer.status, 200, `${image}:${tag}`);
  return answer.headers.get("docker-content-digest") ?? "";
}

/** The digests of an OCI layout that skopeo wrote: what its index names, and every blob. */
async function layoutAt(dir: string): Promise<{ readonly roots: readonly string[]; readonly blobs: readonly string[] }> {
  const index = JSON.parse(await readFile(join(dir, "index.json"), "utf8")) as { manifests: { digest: string }[] };
  const blobs = await readdir(join(dir, "blobs/sha256"));
  return { roots: index.manifests.map(({ digest }) => digest), blobs: blobs.map((hex) => `sha256:${hex}`).toSorted() };
}

suite("docker-registry and skopeo", { concurrency: false }, () => {
  let digest = "";

  test("publish puts the commit's image into docker-registry, under its SHA and latest", async () => {
    const report = JSON.parse(await succeed("publish", "--to", name, "--output", "json"));
    assert.equal(report.images[0].status, "published");
    digest = await digestAt(name, sha);
    assert.equal(await digestAt(name, "latest"), digest);
    assert.match(JSON.stringify(report), new RegExp(digest));
  });

  test("skopeo reads the manifest, the config and the labels", async () => {
    const manifest = JSON.parse(await skopeo("inspect", "--tls-verify=false", "--raw", `docker://${name}:${sha}`));
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.equal(manifest.annotations["org.opencontainers.image.revision"], sha);
    const seen = JSON.parse(await skopeo("inspect", "--tls-verify=false", `docker://${name}:${sha}`));
    assert.deepEqual([seen.Digest, seen.Os, seen.Architecture], [digest, "linux", "amd64"]);
    assert.equal(seen.Labels["org.opencontainers.image.revision"], sha);
    assert.deepEqual(seen.RepoTags.filter((tag: string) => !tag.startsWith("sha256-")).toSorted(), [sha, "latest"].toSorted());
    const config = JSON.parse(await skopeo("inspect", "--tls-verify=false", "--config", `docker://${name}:${sha}`));
    assert.deepEqual(config.config.Entrypoint, ["/app"]);
  });

  test("skopeo copies it into an OCI layout with the same digests", async () => {
    const dir = join(folder.path, "from-peer");
    await skopeo("copy", "--quiet", "--src-tls-verify=false", `docker://${name}:${sha}`, `oci:${dir}:app`);
    const layout = await layoutAt(dir);
    assert.deepEqual(layout.roots, [digest]);
    const manifest = JSON.parse(await skopeo("inspect", "--tls-verify=false", "--raw", `docker://${name}:${sha}`));
    const digests = [digest, manifest.config.digest, ...manifest.layers.map((layer: { digest: string }) => layer.digest)];
    assert.deepEqual(layout.blobs, [...new Set(digests)].toSorted());
  });

  test("waybill reads the layout that skopeo wrote", async () => {
    assert.match(await succeed("validate", `oci:${join(folder.path, "from-peer")}:app`), /valid: linux\/amd64/);
  });

  test("publishing again writes nothing", async () => {
    const before = await peer.files();
    const report = JSON.parse(await succeed("publish", "--to", name, "--output", "json"));
    assert.equal(report.images[0].status, "present");
    assert.equal(await digestAt(name, sha), digest);
    assert.deepEqual(await peer.files(), before);
  });

  test("validate and info find it good where it is", async () => {
    assert.match(await succeed("validate", `${name}:${sha}`), /valid: linux\/amd64/);
    assert.match(await succeed("info", `${name}:${sha}`), new RegExp(digest));
    assert.match(await succeed("tags", name), new RegExp(sha));
  });

  test("validate tells of another platform's image with exit code 3", async () => {
    const { exitCode, out } = await waybill(["validate", `${name}:${sha}`, "--platform", "linux/arm64"], here);
    assert.equal(exitCode, 3, out);
  });

  test("copy moves it into the embedded registry and back, by the same digest", async () => {
    await succeed("copy", `${name}:${sha}`, `${embedded.served.host}/team/app:copied`);
    assert.equal(await digestAt(`${embedded.served.host}/team/app`, "copied"), digest);
    await succeed("copy", `${embedded.served.host}/team/app:copied`, `${peer.host}/other/app:back`);
    assert.equal(await digestAt(`${peer.host}/other/app`, "back"), digest);
    assert.match(await succeed("validate", `${peer.host}/other/app:back`), /valid: linux\/amd64/);
  });

  test("skopeo copies from the embedded registry into a layout", async () => {
    const dir = join(folder.path, "from-embedded");
    await skopeo("copy", "--quiet", "--src-tls-verify=false", `docker://${embedded.served.host}/team/app:copied`, `oci:${dir}:app`);
    assert.deepEqual(await layoutAt(dir), await layoutAt(join(folder.path, "from-peer")));
  });

  test("skopeo pushes into the embedded registry, lists its tags, and deletes there", async () => {
    const pushed = `docker://${embedded.served.host}/pushed/by/skopeo:one`;
    await skopeo("copy", "--quiet", "--dest-tls-verify=false", `oci:${join(folder.path, "from-peer")}:app`, pushed);
    assert.equal(await digestAt(`${embedded.served.host}/pushed/by/skopeo`, "one"), digest);
    const repository = `docker://${embedded.served.host}/pushed/by/skopeo`;
    assert.deepEqual(JSON.parse(await skopeo("list-tags", "--tls-verify=false", repository)).Tags, ["one"]);
    await skopeo("delete", "--tls-verify=false", pushed);
    assert.notEqual((await runProgram("skopeo", ["inspect", "--tls-verify=false", pushed])).exitCode, 0);
  });

  test("skopeo converts it to Docker's format while it pushes, and validate passes that too", async () => {
    const converted = `${embedded.served.host}/pushed/docker`;
    const from = `oci:${join(folder.path, "from-peer")}:app`;
    await skopeo("copy", "--quiet", "--format", "v2s2", "--dest-tls-verify=false", from, `docker://${converted}:${sha}`);
    assert.match(await succeed("validate", `${converted}:${sha}`), /valid: linux\/amd64/);
  });

  test("a commit that the registry does not have is an error of the command, not a crash", async () => {
    const { exitCode, said, out } = await waybill(["validate", `${name}:${"0".repeat(40)}`], here);
    assert.notEqual(exitCode, 0);
    assert.notEqual(exitCode, 1);
    assert.match(said + out, new RegExp(`${peer.host}`));
  });
});
