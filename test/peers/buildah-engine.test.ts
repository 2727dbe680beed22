import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createRegistryClient } from "../../src/store/index.ts";
import { type ReadImage, readImage } from "../support/built.ts";
import { type CommandRun, command, inherited, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type FileSpec, type TestRepository } from "../support/git-repository.ts";
import { busyboxBase } from "./support/busybox.ts";
import { must, runProgram } from "./support/run.ts";

const dockerfile = `ARG BASE=base
FROM \${BASE} AS base
ARG GREETING
COPY words /words
RUN --mount=type=secret,id=token mkdir -p /made && echo "$GREETING $(cat /words/a)" > /made/greeting && cat /run/secrets/token
FROM base AS unwanted
RUN exit 1
FROM \${BASE} AS wanted
SHELL ["/bin/sh", "-e", "-c"]
HEALTHCHECK --interval=5s CMD ["cat", "/made/greeting"]
COPY --from=base --chown=7:8 /made /made
RUN chmod 700 /made && ln -s greeting /made/link
COPY words/a /late
CMD ["cat", "/made/greeting"]
FROM base
RUN exit 2
`;
const files = { Dockerfile: dockerfile, ".dockerignore": "words/b\n", "words/a": "world\n", "words/b": "left out\n" };
const token = "correct horse battery staple";

suite("the buildah engine", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let registry: EmbeddedRegistry;
  let host: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    registry = stack.use(await anEmbeddedRegistry());
    host = registry.served.host;
    const base = aRepository();
    stack.defer(() => base.remove());
    const more = ["mkdir", "chmod", "ln", "id", "printf", "true", "ls"].map((name) => [`root/bin/${name}`, { symlink: "busybox" }]);
    base.commit({ ...busyboxBase(), ...Object.fromEntries(more) });
    const { exitCode, said } = await waybill(["publish", "--to", `${host}/base`], { cwd: base.dir });
    assert.equal(exitCode, 0, said);
  });
  after(async () => await stack[Symbol.asyncDispose]());

  const anImage = (contents: Readonly<Record<string, FileSpec>>, build: object = {}): TestRepository => {
    const repository = aRepository();
    stack.defer(() => repository.remove());
    const settings = { contexts: { base: `${host}/base:latest` }, args: { GREETING: "good morning" }, ...build };
    repository.commit({ "waybill.yaml": JSON.stringify({ image: "team/app", build: settings, branches: ["main"] }), ...contents });
    return repository;
  };
  const whole = { target: "wanted", secrets: { token: { env: "TOKEN" } }, stamp: { env: { BUILD_VERSION: "{sha}" } } };
  const publish = async (repository: TestRepository, name: string, env: Readonly<Record<string, string>> = {}): Promise<CommandRun> =>
    await waybill(["publish", "--verbose", "--output", "json", "--engine", "buildah", "--to", `${host}/${name}`], {
      cwd: repository.dir,
      env: { TOKEN: token, ...env },
    });
  const read = async (name: string): Promise<ReadImage> => {
    await using client = createRegistryClient({ signIn: { credentials: async () => undefined }, emit: () => {}, endpoints: {} });
    const store = client.repository({ host, repository: name });
    const root = await store.resolve("latest" as Parameters<typeof store.resolve>[0]);
    assert.ok(root !== undefined);
    return await readImage(store, root);
  };
  const isWhole = async (name: string, repository: TestRepository): Promise<ReadImage> => {
    const image = await read(name);
    const { config, files: found, manifest } = image;
    const sha = repository.git("rev-parse", "HEAD");
    assert.equal(found.get("made/greeting")?.content, "good morning world\n");
    assert.equal(found.get("made/link")?.link, "greeting");
    assert.deepEqual([found.get("made")?.mode, found.get("made/greeting")?.uid, found.get("made/greeting")?.gid], [0o700, 7, 8]);
    assert.equal(found.get("late")?.content, "world\n");
    assert.deepEqual([found.has("words"), found.has("words/b")], [false, false]);
    assert.deepEqual(config.config?.Cmd, ["cat", "/made/greeting"]);
    assert.deepEqual(config.config?.Shell, ["/bin/sh", "-e", "-c"]);
    assert.deepEqual(config.config?.Healthcheck, { Test: ["CMD", "cat", "/made/greeting"], Interval: 5_000_000_000 });
    assert.ok(config.config?.Env?.includes(`BUILD_VERSION=${sha}`));
    assert.equal(config.config?.Labels?.["org.opencontainers.image.revision"], sha);
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    const validated = await waybill(["validate", `${host}/${name}:${sha}`], { cwd: repository.dir });
    assert.equal(validated.exitCode, 0, validated.out + validated.said);
    return image;
  };

  test("builds stages, a target, arguments, secrets; keeps HEALTHCHECK and SHELL; and the image passes the checks", async () => {
    const repository = anImage(files, whole);
    await using temporary = await aFolder();
    const { exitCode, out, said } = await publish(repository, "team/app", { TMPDIR: temporary.path });
    assert.equal(exitCode, 0, said);
    assert.equal(JSON.parse(out).images[0].engine, "buildah");
    const { layers, manifest } = await isWhole("team/app", repository);
    assert.ok(!`${out}${said}`.includes(token), "the secret is in the log");
    assert.match(said, /\*\*\*/);
    const base = await read("base");
    assert.deepEqual(manifest.layers.slice(0, base.manifest.layers.length), base.manifest.layers);
    const times = layers.slice(base.layers.length).flatMap((layer) => [...layer.values()].map(({ mtime }) => mtime));
    assert.deepEqual([...new Set(times)], [315_532_800]);
    assert.deepEqual(await readdir(temporary.path), []);
    const mounts = await must("cat", ["/proc/self/mounts"]);
    assert.ok(!mounts.includes(temporary.path), mounts);
  });

  test("gives the same digest when it builds the same again", async () => {
    const repository = anImage(files, whole);
    const digests: string[] = [];
    for (const name of ["team/one", "team/two"]) {
      const { exitCode, out, said } = await publish(repository, name);
      assert.equal(exitCode, 0, said);
      digests.push(JSON.parse(out).images[0].digest);
    }
    assert.ok(digests[0]);
    assert.equal(digests[0], digests[1]);
  });

  test("works as a user who is not root, with a range of ids", { skip: process.getuid?.() !== 0 }, async () => {
    const repository = anImage(files, whole);
    await using folder = await aFolder();
    await asNobody(repository.dir, folder.path);
    const ids = join(folder.path, "ids");
    await writeFile(ids, "nobody:100000:65536\n", { mode: 0o644 });
    const { exitCode, out, said } = await runAsNobody(`mount --bind ${ids} /etc/subuid && mount --bind ${ids} /etc/subgid`, "team/nobody", {
      repository,
      dir: folder.path,
    });
    assert.equal(exitCode, 0, said);
    assert.equal(JSON.parse(out).images[0].engine, "buildah");
    await must("chown", ["-R", String(process.getuid?.()), repository.dir]);
    await isWhole("team/nobody", repository);
    assert.deepEqual(await readdir(join(folder.path, "temporary")), []);
  });

  test("tells a user who has no range of ids what is missing", { skip: process.getuid?.() !== 0 }, async () => {
    const repository = anImage(files, whole);
    await using folder = await aFolder();
    await asNobody(repository.dir, folder.path);
    const { exitCode, said } = await runAsNobody("mount --bind /dev/null /etc/subuid", "team/noids", { repository, dir: folder.path });
    assert.equal(exitCode, 7, said);
    assert.match(said, /no range of user ids[\s\S]*usermod --add-subuids/);
  });

  test("keeps layers in a folder for the next build, which has them", async () => {
    await using cache = await aFolder();
    const repository = anImage(files, { ...whole, cache: { type: "local", dir: cache.path } });
    const first = await publish(repository, "team/cold");
    assert.equal(first.exitCode, 0, first.said);
    const second = await publish(repository, "team/warm");
    assert.equal(second.exitCode, 0, second.said);
    assert.equal(JSON.parse(second.out).images[0].digest, JSON.parse(first.out).images[0].digest);
    assert.match(second.said, /RUN chmod 700[^\n]*cached|cached[^\n]*RUN chmod 700/);
  });

  test("keeps layers in a registry for the next build, on whatever machine", async () => {
    const repository = anImage(files, { ...whole, cache: { type: "registry", ref: `${host}/team/cache:any` } });
    const first = await publish(repository, "team/far-cold");
    assert.equal(first.exitCode, 0, first.said);
    assert.equal((await registry.ask("GET", "/v2/team/cache/tags/list")).status, 200);
    const second = await publish(repository, "team/far-warm");
    assert.equal(second.exitCode, 0, second.said);
    assert.match(second.said, /RUN chmod 700[^\n]*cached|cached[^\n]*RUN chmod 700/);
    await isWhole("team/far-warm", repository);
  });

  test("takes an image for a stage of the same name, and for an argument, as what it was resolved to", async () => {
    const text = "FROM base AS base\nRUN echo stage > /it\nFROM base AS other\nCOPY --from=base /it /copied\n";
    const repository = anImage({ Dockerfile: text });
    const { exitCode, said } = await publish(repository, "team/names");
    assert.equal(exitCode, 0, said);
    const { files: found } = await read("team/names");
    assert.deepEqual([found.get("it")?.content, found.get("copied")?.content], ["stage\n", "stage\n"]);
  });

  test("a RUN that fails ends with exit code 7, the step and what it printed", async () => {
    const { exitCode, out, said } = await publish(anImage({ Dockerfile: "FROM base\nRUN echo went wrong >&2; exit 42\n" }), "team/failing");
    assert.equal(exitCode, 7, said);
    const [failure] = JSON.parse(out).failures;
    assert.equal(failure.code, "BUILD_FAILED");
    assert.match(failure.message, /^Dockerfile:2: 2\/2 RUN echo went wrong[\s\S]*exit status 42[\s\S]*\n {2}\| went wrong/);
    assert.equal((await registry.ask("GET", "/v2/team/failing/tags/list")).status, 404);
  });

  test("an interrupted build ends at once, and leaves no program, no file and nothing mounted", async () => {
    const seconds = `${200_000 + process.pid}`;
    const repository = anImage({ Dockerfile: `FROM base\nRUN echo it began && sleep ${seconds}\n` });
    await using temporary = await aFolder();
    const child = spawn(process.execPath, [command, "publish", "--verbose", "--engine", "buildah", "--to", `${host}/team/interrupted`], {
      cwd: repository.dir,
      env: { ...inherited(), HOME: repository.dir, TMPDIR: temporary.path },
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
    assert.deepEqual(await readdir(temporary.path, { recursive: true }), [], said);
    assert.ok(!(await must("cat", ["/proc/self/mounts"])).includes(temporary.path));
    assert.equal((await runProgram("pgrep", ["-f", `^sleep ${seconds}$`])).out, "");
  });

  test("a heredoc is built right, or refused at its line by a buildah that reads none", async () => {
    const repository = anImage({ Dockerfile: "FROM base\nRUN <<EOF\necho one > /one\necho two > /two\nEOF\n" });
    const { exitCode, said } = await publish(repository, "team/heredoc");
    if (exitCode === 7) assert.match(said, /Dockerfile:2: buildah does not do RUN with a heredoc: buildah \S+ reads no heredocs/);
    else {
      assert.equal(exitCode, 0, said);
      assert.equal((await read("team/heredoc")).files.get("two")?.content, "two\n");
    }
  });

  test("a base image that is not there is told by its name", async () => {
    const { exitCode, said } = await publish(anImage(files, { ...whole, contexts: { base: `${host}/missing:1` } }), "team/missing");
    assert.equal(exitCode, 7, said);
    assert.match(said, /BASE_MISSING/);
  });

  test("is taken by auto where Docker does not answer", async () => {
    const repository = anImage({ Dockerfile: "FROM base\nRUN echo hello > /it\n" });
    const { exitCode, said } = await waybill(["publish", "--to", `${host}/team/auto`], {
      cwd: repository.dir,
      env: { DOCKER_HOST: `unix://${repository.dir}/nobody.sock` },
    });
    assert.equal(exitCode, 0, said);
    assert.match(said, /building with buildah: Dockerfile:2 is RUN: a program has to run; docker buildx is/);
  });

  async function asNobody(...dirs: readonly string[]): Promise<void> {
    await mkdir(join(dirs.at(-1) ?? "", "temporary"));
    for (const dir of dirs) await must("chown", ["-R", "nobody", dir]);
    await chmod(dirname(command), 0o755);
  }

  async function runAsNobody(
    prepare: string,
    name: string,
    { repository, dir }: { readonly repository: TestRepository; readonly dir: string },
  ) {
    const argv = [process.execPath, command, "publish", "--output", "json", "--engine", "buildah", "--to", `${host}/${name}`];
    const script = `${prepare} && exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"`;
    return await runProgram("unshare", ["--mount", "sh", "-c", script, "sh", ...argv], {
      cwd: repository.dir,
      env: { ...inherited(), HOME: dir, TMPDIR: join(dir, "temporary"), TOKEN: token },
    });
  }
});
