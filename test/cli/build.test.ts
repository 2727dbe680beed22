import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { extract } from "tar-stream";
import { annotationKeys, parseTag } from "../../src/oci/index.ts";
import { openLayout, readConfig, readManifest } from "../../src/store/index.ts";
import { layerEntries } from "../../src/validate/index.ts";
import { aPretendedRuntime } from "../smoke/support.ts";
import { type CommandRun, waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

const folder = await aFolder();
after(async () => await folder[Symbol.asyncDispose]());
let places = 0;
/** A path that nothing is at. */
const newPlace = (name = ""): string => join(folder.path, `${++places}${name}`);

const config = "image: team/app\nbuild: { stamp: { env: { BUILD_VERSION: '{sha}' } } }\n";

function anApp(files: Parameters<TestRepository["commit"]>[0] = { "waybill.yaml": config }) {
  const repository = keep(aRepository());
  const sha = repository.commit({
    Dockerfile: 'FROM scratch\nCOPY . /\nENTRYPOINT ["/app"]\n',
    app: { content: elfProgram("amd64", "hello\n"), executable: true },
    ".dockerignore": "waybill.yaml\nREADME.md\n",
    ".gitignore": "*.log\n",
    ...files,
  });
  return { repository, sha };
}

async function build(repository: TestRepository, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandRun> {
  return await waybill(["build", ...argv], { cwd: repository.dir, env });
}

/** What a layout has under a tag. */
async function savedIn(dir: string, tag = "local") {
  const layout = await openLayout(dir);
  const root = await layout.resolve(parseTag(tag));
  assert.ok(root);
  const manifest = await readManifest(layout, root);
  assert.ok(manifest.kind === "manifest");
  const names: string[] = [];
  for (const layer of manifest.layers) {
    for await (const { header } of layerEntries(layout, layer)) names.push(header.name);
  }
  return { root, manifest, config: await readConfig(layout, manifest.config), names };
}

suite("waybill build", () => {
  test("writes the checkout into a layout, edits and new files too, and its stamp says so", async () => {
    const { repository, sha } = anApp();
    repository.write({ "new.txt": "new", "x.log": "ignored by git", "README.md": "ignored by docker" });
    const dir = newPlace();
    const { exitCode, out, said } = await build(repository, ["--save", dir]);
    assert.equal(exitCode, 0, said);
    assert.equal(out.trimEnd().split("\n").at(-1), "DOCKER_IMAGE_URI=team/app:local");
    assert.match(said, new RegExp(`team/app:local of the checkout, ${sha}-dirty with edits, linux/amd64, assemble`));
    const saved = await savedIn(dir);
    assert.ok(saved.names.includes("new.txt") && saved.names.includes("app"));
    for (const name of ["x.log", "README.md", ".git", "waybill.yaml"]) assert.ok(!saved.names.includes(name), name);
    assert.equal(saved.config.config?.Labels?.[annotationKeys.revision], `${sha}-dirty`);
    assert.equal(saved.config.config?.Labels?.[annotationKeys.version], "local");
    assert.ok(saved.config.config?.Env?.includes(`BUILD_VERSION=${sha}-dirty`));
  });

  test("gives the very content that a commit of the same files is published with", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    repository.write({ app: { content: elfProgram("amd64", "edited\n"), executable: true } });
    const built = JSON.parse((await build(repository, ["--save", newPlace(), "--output", "json"])).out);
    assert.deepEqual([built.dirty, built.image, built.valid], [true, "team/app:local", true]);
    repository.commit({});
    const clean = JSON.parse((await build(repository, ["--save", newPlace(), "--output", "json"])).out);
    assert.deepEqual([clean.dirty, clean.content], [false, built.content]);
    const published = await waybill(["publish", "--to", `${registry.served.host}/app`, "--output", "json"], { cwd: repository.dir });
    assert.equal(JSON.parse(published.out).images[0].content, built.content);
  });

  test("loads it into the first runtime that works, unless it is only to be saved", async () => {
    const { repository } = anApp();
    await using runtime = await aPretendedRuntime({}, "podman");
    const env = { PATH: `${runtime.dir}:${process.env["PATH"]}` };
    const { exitCode, out, said } = await build(repository, ["--runtime", "podman"], env);
    assert.equal(exitCode, 0, said);
    assert.match(out, /^team\/app:local: loaded into podman\n/);
    assert.deepEqual(
      (await runtime.calls()).map((call) => call.split(" ")[0]),
      ["info", "load"],
    );
    assert.deepEqual((await taggedIn(await runtime.loaded())).tags, ["team/app:local"]);
    await build(repository, ["--save", newPlace()], env);
    assert.equal((await runtime.calls()).length, 2);
  });

  test("without a runtime says so before it builds", async () => {
    const { repository } = anApp();
    const { exitCode, said } = await build(repository, ["--runtime", "nerdctl"]);
    assert.equal(exitCode, 2);
    assert.match(said, /code: RUNTIME_MISSING/);
    assert.doesNotMatch(said, /of the checkout/);
  });

  test("writes an archive that is an OCI layout and what docker load takes", async () => {
    const { repository } = anApp();
    const path = newPlace(".tar");
    assert.equal((await build(repository, ["--save", path, "--tag", "dev-x"])).exitCode, 0);
    const { names, tags, index } = await taggedIn(await readFile(path));
    assert.deepEqual(tags, ["team/app:dev-x"]);
    assert.equal(index.manifests[0].annotations["org.opencontainers.image.ref.name"], "dev-x");
    assert.ok(names.includes("oci-layout"));
    assert.deepEqual(
      (await readdir(folder.path)).filter((name) => name.endsWith(".waybill")),
      [],
    );
  });

  test("needs no configuration: the folder names the image, and what git ignores is missing as it would be published", async () => {
    const { repository, sha } = anApp({ Dockerfile: 'FROM scratch\nCOPY made.log /\nENTRYPOINT ["/app"]\n' });
    repository.write({ "made.log": "made" });
    const { exitCode, said } = await build(repository, ["--save", newPlace()]);
    assert.equal(exitCode, 7, said);
    assert.match(said, /waybill-repository-[a-z0-9]+:local of the checkout, [0-9a-f]{40}/);
    assert.match(said, /made\.log/);
    assert.ok(sha);
  });

  test("asks nobody where the image would go", async () => {
    const { repository } = anApp({ "waybill.yaml": "image: team/app\ndestinations: [{ registry: auto }]\n" });
    const { exitCode, said } = await build(repository, ["--save", newPlace(), "--dry-run"], { AWS_REGION: "us-east-1" });
    assert.equal(exitCode, 0, said);
    assert.match(said, /team\/app:local of the checkout/);
  });

  test("takes what build.generated names, though git ignores it", async () => {
    const { repository } = anApp({ "waybill.yaml": "image: team/app\nbuild: { generated: ['*.log'] }\n" });
    repository.write({ "made.log": "made" });
    const dir = newPlace();
    const { exitCode, said } = await build(repository, ["--save", dir]);
    assert.equal(exitCode, 0, said);
    assert.ok((await savedIn(dir)).names.includes("made.log"));
  });

  test("never gives a release's tag", async () => {
    const { repository, sha } = anApp();
    for (const tag of [sha, "v1.2.3", "latest", "1", "dev-", "local2"]) {
      const { exitCode, said } = await build(repository, ["--save", newPlace(), "--version", tag]);
      assert.equal(exitCode, 2, tag);
      assert.match(said, /is called local or dev-…, not .*\n {2}hint: .*waybill publish/);
    }
    const dir = newPlace();
    assert.equal((await build(repository, ["--save", dir, "--arch-suffix"])).exitCode, 0);
    assert.ok(await savedIn(dir, "local-amd64"));
  });

  test("a dry run builds nothing", async () => {
    const { repository } = anApp();
    const dir = newPlace();
    const { exitCode, out } = await build(repository, ["--save", dir, "--dry-run"]);
    assert.deepEqual([exitCode, out], [0, "team/app:local would be built with assemble\n"]);
    assert.deepEqual(await readdir(dir).catch(() => "none"), "none");
  });

  test("an image that would not be published is built all the same, and ends with 3", async () => {
    const { repository } = anApp();
    const { exitCode, said } = await build(repository, ["--save", newPlace(), "--platform", "linux/arm64"]);
    assert.equal(exitCode, 3, said);
    assert.match(said, /team\/app:local would not be published: it does not pass its checks/);
  });

  test("several images are built one after the other, and saved one at a time", async () => {
    const { repository } = anApp({ "waybill.yaml": "images:\n  - { name: team/one }\n  - { name: team/two }\n" });
    const several = await build(repository, ["--save", newPlace()]);
    assert.equal(several.exitCode, 2);
    assert.match(several.said, /--save takes one image, and the configuration has 2/);
    const dir = newPlace();
    const { out } = await build(repository, ["--save", dir, "--image", "team/two"]);
    assert.match(out, /^team\/two:local: saved to /);
  });

  test("a folder with other files in it is left alone", async () => {
    const { repository } = anApp();
    const { exitCode, said } = await build(repository, ["--save", "."]);
    assert.equal(exitCode, 2);
    assert.match(said, /is a folder with other files in it/);
    assert.equal(repository.git("status", "--porcelain"), "");
  });

  test("an archive that cannot be written leaves nothing", async () => {
    const { repository } = anApp();
    await writeFile(join(folder.path, "file"), "");
    const { exitCode, said } = await build(repository, ["--save", join(folder.path, "file/x.tar")]);
    assert.equal(exitCode, 6, said);
    assert.match(said, /code: STORE_FAILED/);
  });
});

/** What an archive holds, and what it calls its image. */
async function taggedIn(bytes: Buffer) {
  const names: string[] = [];
  let [tags, index] = [[] as string[], { manifests: [] as { annotations: Record<string, string> }[] }];
  const archive = extract();
  archive.end(bytes);
  for await (const entry of archive) {
    const content = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)).toString();
    names.push(entry.header.name);
    if (entry.header.name === "manifest.json") tags = JSON.parse(content)[0].RepoTags;
    if (entry.header.name === "index.json") index = JSON.parse(content);
  }
  return { names, tags, index: index as { manifests: [{ annotations: Record<string, string> }] } };
}
