import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRegistryClient } from "../../src/store/index.ts";
import { type ReadImage, readImage } from "../support/built.ts";
import { type CommandRun, command, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type FileSpec, type TestRepository } from "../support/git-repository.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { busyboxBase } from "./support/busybox.ts";
import { commandLines } from "./support/command-lines.ts";
import { peerProgram } from "./support/programs.ts";
import { must } from "./support/run.ts";

const dockerfile = `FROM base AS build
ARG GREETING
COPY words /words
RUN mkdir /made && echo "$GREETING $(cat /words/a)" > /made/greeting && ln -s greeting /made/link
FROM base
COPY --from=build /made /made
RUN --network=none test ! -e /words && chmod 700 /made
CMD ["cat", "/made/greeting"]
`;

suite("the buildx engine, with a BuildKit daemon of its own", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let registry: EmbeddedRegistry;
  let env: Readonly<Record<string, string>>;
  let host: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    registry = stack.use(await anEmbeddedRegistry());
    host = registry.served.host;
    const { path: config } = stack.use(await aFolder());
    const { address } = stack.use(await aBuildkitd());
    await mkdir(join(config, "cli-plugins"));
    await symlink(peerProgram("buildx"), join(config, "cli-plugins/docker-buildx"));
    env = { DOCKER_CONFIG: config };
    await must("docker", ["buildx", "create", "--name", "peer", "--driver", "remote", address], {
      env: { ...env, DOCKER_HOST: undefined },
    });
    const base = aRepository();
    stack.defer(() => base.remove());
    base.commit(busyboxBase());
    const { exitCode, said } = await waybill(["publish", "--to", `${host}/base`], { cwd: base.dir });
    assert.equal(exitCode, 0, said);
  });
  after(async () => await stack[Symbol.asyncDispose]());

  /** A repository with an image that buildx builds upon the base. */
  const anImage = (files: Readonly<Record<string, FileSpec>>, base = `${host}/base:latest`): TestRepository => {
    const repository = aRepository();
    stack.defer(() => repository.remove());
    const build = { builder: "peer", contexts: { base }, args: { GREETING: "good morning" }, stamp: { env: { BUILD_VERSION: "{sha}" } } };
    repository.commit({ "waybill.yaml": JSON.stringify({ image: "team/app", build, branches: ["main"] }), ...files });
    return repository;
  };
  const files = { Dockerfile: dockerfile, ".dockerignore": "words/b\n", "words/a": "world\n", "words/b": "left out\n" };
  const publish = async (repository: TestRepository, ...argv: readonly string[]): Promise<CommandRun> =>
    await waybill(["publish", "--output", "json", ...argv], { cwd: repository.dir, env });
  const read = async (name: string, reference: string): Promise<ReadImage> => {
    await using client = createRegistryClient({ signIn: { credentials: async () => undefined }, emit: () => {}, endpoints: {} });
    const store = client.repository({ host, repository: name });
    const root = await store.resolve(reference as Parameters<typeof store.resolve>[0]);
    assert.ok(root !== undefined);
    return await readImage(store, root);
  };

  test("auto takes it for a Dockerfile with RUN, and says why", async () => {
    const repository = anImage(files);
    const { exitCode, out, said } = await publish(repository, "--to", `${host}/team/app`);
    assert.equal(exitCode, 0, said);
    assert.match(said, /building with buildx: Dockerfile:4 is RUN/);
    const [image] = JSON.parse(out).images;
    assert.deepEqual([image.status, image.engine], ["published", "buildx"]);
    const sha = repository.git("rev-parse", "HEAD");
    const { config, files: found, manifest } = await read("team/app", sha);
    assert.equal(found.get("made/greeting")?.content, "good morning world\n");
    assert.equal(found.get("made/link")?.link, "greeting");
    assert.equal(found.get("made")?.mode, 0o700);
    assert.equal(found.has("words/b"), false);
    assert.deepEqual(config.config?.Cmd, ["cat", "/made/greeting"]);
    assert.ok(config.config?.Env?.includes(`BUILD_VERSION=${sha}`));
    assert.equal(config.config?.Labels?.["org.opencontainers.image.revision"], sha);
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    const validated = await waybill(["validate", `${host}/team/app:${sha}`], { cwd: repository.dir });
    assert.equal(validated.exitCode, 0, validated.out + validated.said);
  });

  test("every time in the content is the epoch, whenever it was built", async () => {
    const repository = anImage(files);
    const { exitCode, said } = await publish(repository, "--to", `${host}/team/epoch`);
    assert.equal(exitCode, 0, said);
    const { layers } = await read("team/epoch", "latest");
    const times = new Set(layers.slice(1).flatMap((layer) => [...layer.values()].map(({ mtime }) => mtime)));
    assert.deepEqual([...times], [315_532_800]);
  });

  test("publishing again builds nothing; the same commit elsewhere has the same digest", async () => {
    const repository = anImage(files);
    const first = JSON.parse((await publish(repository, "--to", `${host}/team/one`)).out);
    const again = await publish(repository, "--to", `${host}/team/one`);
    assert.equal(JSON.parse(again.out).images[0].status, "present", again.said);
    const other = JSON.parse((await publish(repository, "--to", `${host}/team/two`)).out);
    assert.deepEqual([other.images[0].status, other.images[0].digest], ["published", first.images[0].digest]);
    assert.ok(first.images[0].digest);
  });

  test("a base image that is a layout in the repository is found", async () => {
    const repository = anImage(files, "oci:base");
    repository.git("commit", "--quiet", "--allow-empty", "--message", "another");
    const copied = await waybill(["copy", `${host}/base:latest`, `oci:${join(repository.dir, "base")}:latest`], { cwd: repository.dir });
    assert.equal(copied.exitCode, 0, copied.said);
    const { exitCode, said } = await publish(repository, "--to", `${host}/team/layout`);
    assert.equal(exitCode, 0, said);
    assert.equal((await read("team/layout", "latest")).files.get("made/greeting")?.content, "good morning world\n");
  });

  test("the context keeps bits, links and empty files, whatever the folder for temporary files is called", async () => {
    await using folder = await aFolder();
    const temporary = join(folder.path, 'a, b "c"');
    await mkdir(temporary);
    const repository = anImage({
      Dockerfile: "FROM base AS wanted\nCOPY tree /tree\nRUN test -x /tree/sub/run\nFROM wanted\nRUN exit 1\n",
      "tree/sub/run": { content: "#!/bin/sh\n", executable: true },
      "tree/link": { symlink: "sub/run" },
      "tree/dangling": { symlink: "/nowhere" },
      "tree/empty": "",
    });
    const settings = JSON.parse(await readFile(join(repository.dir, "waybill.yaml"), "utf8"));
    repository.commit({ "waybill.yaml": JSON.stringify({ ...settings, build: { ...settings.build, target: "wanted" } }) });
    const { exitCode, said } = await waybill(["publish", "--to", `${host}/team/context`], {
      cwd: repository.dir,
      env: { ...env, TMPDIR: temporary },
    });
    assert.equal(exitCode, 0, said);
    const { files: found } = await read("team/context", "latest");
    const shown = ["sub", "sub/run", "link", "dangling", "empty"].map((path) => {
      const { type, mode, link } = found.get(`tree/${path}`) ?? {};
      return [path, type, type === "symlink" ? link : mode?.toString(8)];
    });
    assert.deepEqual(shown, [
      ["sub", "directory", "755"],
      ["sub/run", "file", "755"],
      ["link", "symlink", "sub/run"],
      ["dangling", "symlink", "/nowhere"],
      ["empty", "file", "644"],
    ]);
    assert.deepEqual(await readdir(temporary), []);
  });

  test("a base image that is not there is told by its name, and nothing is pushed", async () => {
    const { exitCode, said } = await publish(anImage(files, `${host}/missing:1`), "--to", `${host}/team/missing`);
    assert.equal(exitCode, 7, said);
    assert.match(said, new RegExp(`the image base \\(${host}/missing:1\\) cannot be had[\\s\\S]*code: BASE_MISSING`));
    assert.equal((await registry.ask("GET", "/v2/team/missing/tags/list")).status, 404);
  });

  test("a RUN that fails ends with exit code 7, the step and the last lines that it printed", async () => {
    const failing = `FROM base\nRUN for i in 1 2 3 4 5; do echo "line $i"; done; echo went wrong >&2; exit 42\n`;
    const { exitCode, out, said } = await publish(anImage({ Dockerfile: failing }), "--to", `${host}/team/failing`);
    assert.equal(exitCode, 7, said);
    const [failure] = JSON.parse(out).failures;
    assert.equal(failure.code, "BUILD_FAILED");
    assert.match(failure.message, /^Dockerfile:2: \[\d\/2\] RUN for i[\s\S]*exit code: 42/);
    // The two streams of a program come in no order.
    for (const line of ["line 1", "line 5", "went wrong"]) assert.ok(failure.message.includes(`\n  | ${line}`), failure.message);
    assert.match(said, /\| went wrong/);
    assert.equal((await registry.ask("GET", "/v2/team/failing/tags/list")).status, 404);
  });

  test("a Dockerfile that BuildKit does not understand fails with its words", async () => {
    const { exitCode, said } = await publish(
      anImage({ Dockerfile: "FROM base\nRUN --mount=type=nonsense true\n" }),
      "--to",
      `${host}/team/bad`,
    );
    assert.equal(exitCode, 7, said);
    assert.match(said, /nonsense/);
  });

  test("a builder that is not there is told by its name", async () => {
    const repository = anImage(files);
    repository.commit({
      "waybill.yaml": JSON.stringify({ image: "team/app", build: { builder: "nobody", contexts: { base: `${host}/base` } } }),
    });
    const { exitCode, said } = await publish(repository, "--to", `${host}/team/nobody`);
    assert.equal(exitCode, 7, said);
    assert.match(said, /nobody/);
  });

  test("an interrupted build ends at once, and leaves no buildx behind", async () => {
    const seconds = `${100_000 + process.pid}`;
    const repository = anImage({ Dockerfile: `FROM base\nRUN echo it began && sleep ${seconds}\n` });
    await using temporary = await aFolder();
    const child = spawn(process.execPath, [command, "publish", "--verbose", "--to", `${host}/team/interrupted`], {
      cwd: repository.dir,
      env: { ...process.env, ...env, HOME: repository.dir, TMPDIR: temporary.path },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const begun = said.includes("it began\n");
      said += text;
      // Once: a second one would end the command on the spot.
      if (!begun && said.includes("it began\n")) child.kill("SIGINT");
    });
    const [exitCode] = (await once(child, "exit")) as [number | null];
    assert.equal(exitCode, 130, said);
    // BuildKit ends the step a moment after whoever asked for it went away.
    const left = (): readonly string[] =>
      commandLines().filter((line) => line.includes(temporary.path) || line.endsWith(`sleep ${seconds}`));
    for (let tries = 100; left().length > 0 && tries > 0; tries--) await sleep(100);
    assert.deepEqual(left(), []);
    assert.deepEqual(await readdir(temporary.path, { recursive: true }), [], said);
  });
});
