import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { annotationKeys } from "../../src/oci/index.ts";
import { withStore } from "../publish/support.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";
import { refuse, registryServer } from "../support/registry-server.ts";

/** A repository with three commits: the second changes nothing of the image, the third a file of it. */
function aHistory(host: string) {
  const repository = aRepository();
  const one = repository.commit({
    "waybill.yaml": `image: team/app\ndestinations: [{ registry: "${host}" }]\n`,
    Dockerfile: "FROM scratch\nCOPY app /app\n",
    "app/x": "1",
  });
  const two = repository.commit({ "README.md": "2" });
  const three = repository.commit({ "app/x": "3", "app/y": "y" });
  return { repository, shas: [one, two, three] as const, [Symbol.dispose]: () => repository.remove() };
}

suite("waybill plan", { concurrency: 2 }, () => {
  test("says what would be done, and with --offline asks no destination", async () => {
    await using registry = await anEmbeddedRegistry();
    using history = aHistory(registry.served.host);
    const run = await waybill(["plan", "--offline"], { cwd: history.repository.dir });
    assert.equal(run.exitCode, 0, run.said);
    assert.match(run.out, new RegExp(`^commit ${history.shas[2]}\nto ${registry.served.host}/team/app \\(primary\\)\n`));
    assert.match(run.out, /assemble builds Dockerfile in context \./);
    assert.doesNotMatch(run.out, /content key/);
    assert.deepEqual(registry.events, []);
  });

  test("says what a Dockerfile with RUN needs, and how to get it where nothing here can build it", async () => {
    await using bin = await aFolder();
    await symlink(execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim(), join(bin.path, "git"));
    using history = aHistory("registry.example");
    history.repository.commit({ Dockerfile: "FROM scratch\nRUN make\n" });
    const { out, exitCode, said } = await waybill(["plan", "--offline"], { cwd: history.repository.dir, env: { PATH: bin.path } });
    assert.equal(exitCode, 0, said);
    assert.match(out, /^buildx or buildah builds Dockerfile in context \.: Dockerfile:2 is RUN: a program has to run$/m);
    assert.match(out, /^ {2}docker buildx: is not installed\n {2}buildah: is not installed\n {2}nothing here can build it$/m);
    assert.match(out, /^ {2}docker buildx is not installed: Install Docker with buildx/m);
    assert.match(out, /^ {2}buildah is not installed: Install buildah/m);
  });

  test("says for every destination what would be created, moved and kept, and why, and writes nothing", async () => {
    await using registry = await anEmbeddedRegistry();
    using history = aHistory(registry.served.host);
    const cwd = history.repository.dir;
    const [one, two] = history.shas;
    const host = registry.served.host;
    assert.equal((await waybill(["publish", "--commit", one], { cwd })).exitCode, 0);
    const args = ["plan", "--commit", two, "--to", `${host}/team/app`, "--to", `${host}/team/other`];
    const { out, said, exitCode } = await waybill(args, { cwd });
    assert.equal(exitCode, 0, said);
    const at = out.slice(out.indexOf("\nat ") + 1);
    assert.equal(
      at,
      `at ${host}/team/app: absent
  ${two} would be created (the commit has no image there)
  latest would be moved (latest moves forward from ${one.slice(0, 12)})
at ${host}/team/other: absent
  ${two} would be created (the commit has no image there)
  latest would be created (latest did not exist)
`,
    );
    const data = JSON.parse((await waybill([...args, "--output", "json"], { cwd })).out);
    assert.deepEqual(
      data.images[0].destinations.map(({ found, foreseen }: { found: string; foreseen: { outcome: string }[] }) => [
        found,
        foreseen.map(({ outcome }) => outcome),
      ]),
      [
        ["absent", ["created", "moved"]],
        ["absent", ["created", "created"]],
      ],
    );
    const catalog = await registry.ask("GET", "/v2/_catalog");
    assert.deepEqual(await catalog.json(), { repositories: ["team/app"] });
  });

  test("--key shows the content key with all its parts, the same in each checkout of a commit", async () => {
    await using registry = await anEmbeddedRegistry();
    using history = aHistory(registry.served.host);
    const of = async (commit: string) =>
      JSON.parse((await waybill(["plan", "--key", "--commit", commit, "--output", "json"], { cwd: history.repository.dir })).out);
    const [one, two, three] = await Promise.all(history.shas.map(of));
    const key = ({ images: [image] }: typeof one) => image.contentKey.key;
    assert.match(key(one), /^sha256:[0-9a-f]{64}$/);
    assert.equal(key(two), key(one));
    assert.notEqual(key(three), key(one));
    assert.deepEqual(
      three.images[0].contentKey.parts
        .filter(({ kind }: { readonly kind: string }) => kind === "file")
        .map(({ name }: { readonly name: string }) => name),
      ["app", "app/x", "app/y"],
    );
    const text = await waybill(["plan", "--key"], { cwd: history.repository.dir });
    assert.match(text.out, new RegExp(`content key ${key(three)}\n  file app: 755 directory\n  file app/x: 644 [0-9a-f]{40}\n`));
  });

  test("ends as publishing would, with the worst of several images, and says each", async () => {
    await using registry = await anEmbeddedRegistry();
    await using closed = await registryServer({ intercept: (_, response) => refuse(response, 403, "DENIED", "not you") });
    using history = aHistory(registry.served.host);
    const { host } = registry.served;
    const cwd = history.repository.dir;
    const sha = history.repository.commit({
      "waybill.yaml": `
images:
  - { name: team/unbuildable, build: { file: Dockerfile.wrong } }
  - { name: team/denied, destinations: [{ registry: "${host}" }, { registry: "${closed.host}" }] }
  - { name: team/taken }
  - { name: team/good }
destinations: [{ registry: "${host}" }]
`,
      "Dockerfile.wrong": "FROM scratch\nCOPYY app /\n",
    });
    await withStore(`${host}/team/taken`, async (store) => {
      await anImage(store, { labels: { [annotationKeys.revision]: "b".repeat(40) }, tag: sha });
    });
    const exits: Readonly<Record<string, number>> = { unbuildable: 7, denied: 5, taken: 4, good: 0 };
    for (const [image, exit] of Object.entries(exits)) {
      for (const command of [["plan"], ["publish", "--dry-run"]]) {
        const run = await waybill([...command, "--image", `team/${image}`], { cwd });
        assert.equal(run.exitCode, exit, `${command.join(" ")} ${image}: ${run.said}`);
      }
    }
    const all = await waybill(["plan"], { cwd });
    assert.equal(all.exitCode, 4);
    for (const said of [
      /"COPYY" is not an instruction/,
      /team\/denied\/manifests\/.*: 403/,
      /holds sha256:[0-9a-f]{64}, which was made from commit b{40}/,
    ])
      assert.match(all.said, said);
  });

  test("says why there is no plan or no key, with the exit code of that", async () => {
    using history = aHistory("127.0.0.1:1");
    history.repository.commit({ Dockerfile: "FROM 127.0.0.1:1/base:1\nCOPYY app /\n" });
    const wrong = await waybill(["plan", "--offline"], { cwd: history.repository.dir });
    assert.equal(wrong.exitCode, 7);
    assert.match(`${wrong.out}${wrong.said}`, /Dockerfile:2: "COPYY" is not an instruction/);
  });
});

suite("waybill why-rebuilt", { concurrency: 2 }, () => {
  test("names the parts that differ, file by file, and says what was not built", async () => {
    await using registry = await anEmbeddedRegistry();
    using history = aHistory(registry.served.host);
    const [one, two, three] = history.shas;
    const cwd = history.repository.dir;
    for (const commit of history.shas) {
      const run = await waybill(["publish", "--commit", commit], { cwd });
      assert.equal(run.exitCode, 0, run.said);
      if (commit === two) assert.match(run.out, new RegExp(`published, stamped with the content of ${one.slice(0, 12)}`));
    }
    const same = await waybill(["why-rebuilt", one, two], { cwd });
    assert.equal(same.out, `nothing that goes into the image differs\n${two} was not built: its content is ${one}'s\n`);
    const changed = await waybill(["why-rebuilt", two, three], { cwd });
    assert.match(changed.out, /^file app\/x: 644 [0-9a-f]{40} → 644 [0-9a-f]{40}\nfile app\/y is new: 644 [0-9a-f]{40}\n$/);
    const data = JSON.parse((await waybill(["why-rebuilt", one, three, "--output", "json"], { cwd })).out);
    assert.deepEqual(
      data[0].differences.map(({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`),
      ["file app/x", "file app/y"],
    );
  });

  test("says what kept content from being reused where nothing differs", async () => {
    await using registry = await anEmbeddedRegistry();
    using history = aHistory(registry.served.host);
    const [one, two] = history.shas;
    const cwd = history.repository.dir;
    for (const commit of [one, two]) await waybill(["publish", "--no-reuse", "--commit", commit], { cwd });
    const { out } = await waybill(["why-rebuilt", "--no-reuse", one, two], { cwd });
    assert.match(out, /^nothing that goes into the image differs\nbuild\.reuse is off\n$/);
    const back = await waybill(["why-rebuilt", two, one], { cwd });
    assert.match(back.out, /is no first-parent ancestor/);
  });
});
