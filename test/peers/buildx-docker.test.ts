import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Tag } from "../../src/oci/index.ts";
import { createRegistryClient } from "../../src/store/index.ts";
import { readImage } from "../support/built.ts";
import { type CommandRun, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type FileSpec, type TestRepository } from "../support/git-repository.ts";
import { busybox, busyboxBase } from "./support/busybox.ts";
import { aDockerd, type Dockerd } from "./support/dockerd.ts";
import { must } from "./support/run.ts";

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
SHELL ["/bin/busybox", "sh", "-c"]
RUN busybox mkdir /made && echo made here > /made/greeting
RUN true
RUN true
CMD ["/bin/busybox", "cat", "/made/greeting"]
`;

suite("the buildx engine, with Docker's own builder", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let registry: EmbeddedRegistry;
  let docker: Dockerd;
  let host: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    registry = stack.use(await anEmbeddedRegistry());
    host = registry.served.host;
    docker = stack.use(await aDockerd({ network: "own" }));
  });
  after(async () => await stack[Symbol.asyncDispose]());

  const anImage = (files: Readonly<Record<string, FileSpec>>): TestRepository => {
    const repository = aRepository();
    stack.defer(() => repository.remove());
    repository.commit({ "waybill.yaml": "image: team/app\n", busybox: busybox(), ...files });
    return repository;
  };
  const publish = async (repository: TestRepository, name: string): Promise<CommandRun> =>
    await waybill(["publish", "--output", "json", "--to", `${host}/${name}`], { cwd: repository.dir, env: docker.env });
  const images = async (): Promise<string> => (await docker.docker("image", "ls", "--quiet")).out;

  test("an image is built, saved, converted, published, valid and stamped; nothing of it stays in Docker", async () => {
    const repository = anImage({ Dockerfile: dockerfile });
    const { exitCode, out, said } = await publish(repository, "team/app");
    assert.equal(exitCode, 0, said);
    assert.match(said, /building with buildx: Dockerfile:4 is RUN/);
    assert.match(said, /loaded into Docker, saved and converted/);
    assert.equal(JSON.parse(out).images[0].engine, "buildx");
    const sha = repository.git("rev-parse", "HEAD");
    const validated = await waybill(["validate", `${host}/team/app:${sha}`], { cwd: repository.dir });
    assert.equal(validated.exitCode, 0, validated.out + validated.said);

    await using client = createRegistryClient({ signIn: { credentials: async () => undefined }, emit: () => {}, endpoints: {} });
    const store = client.repository({ host, repository: "team/app" });
    const root = await store.resolve(sha as Tag);
    assert.ok(root !== undefined);
    const { manifest, config, files } = await readImage(store, root);
    assert.equal(files.get("made/greeting")?.content, "made here\n");
    assert.equal(config.config?.Labels?.["org.opencontainers.image.revision"], sha);
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.deepEqual(new Set(manifest.layers.map(({ mediaType }) => mediaType)), new Set(["application/vnd.oci.image.layer.v1.tar+gzip"]));
    assert.equal(await images(), "");
  });

  test("an image that is in Docker already is built upon", async () => {
    const base = aRepository();
    stack.defer(() => base.remove());
    base.commit(busyboxBase());
    const published = await waybill(["publish", "--to", `${host}/base`], { cwd: base.dir });
    assert.equal(published.exitCode, 0, published.said);
    await using folder = await aFolder();
    const archive = `${folder.path}/base.tar`;
    await must("skopeo", [
      "copy",
      "--quiet",
      "--src-tls-verify=false",
      `docker://${host}/base:latest`,
      `docker-archive:${archive}:peer/base:1`,
    ]);
    assert.equal((await docker.docker("load", "--input", archive)).exitCode, 0);
    const repository = anImage({ Dockerfile: "FROM peer/base:1\nRUN echo upon > /it\n" });
    const { exitCode, said } = await publish(repository, "team/upon");
    assert.equal(exitCode, 0, said);
    const { out } = await waybill(["validate", `${host}/team/upon:latest`], { cwd: repository.dir });
    assert.match(out, /valid: linux\/amd64/);
  });

  test("a cache that this builder cannot write is a warning", async () => {
    const settings = JSON.stringify({ image: "team/cached", build: { cache: { type: "local", dir: "cache" } } });
    const repository = anImage({ Dockerfile: dockerfile, "waybill.yaml": settings });
    const { exitCode, said } = await publish(repository, "team/cached");
    assert.equal(exitCode, 0, said);
    assert.match(said, /the build cache was not written: .*not supported for the docker driver/i);
    assert.equal(repository.git("status", "--porcelain"), "");
  });

  test("a RUN that fails ends with exit code 7, the step and what it printed", async () => {
    const repository = anImage({
      Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "echo went wrong; exit 42"]\n',
    });
    const { exitCode, out, said } = await publish(repository, "team/failing");
    assert.equal(exitCode, 7, said);
    const [failure] = JSON.parse(out).failures;
    assert.equal(failure.code, "BUILD_FAILED");
    assert.match(failure.message, /^Dockerfile:3: \[.*\d\/\d\] RUN [\s\S]*42[\s\S]*\n {2}\| went wrong/);
    assert.equal((await registry.ask("GET", "/v2/team/failing/tags/list")).status, 404);
  });

  test("a daemon that is not there is told as that", async () => {
    const repository = anImage({ Dockerfile: dockerfile });
    const env = { ...docker.env, DOCKER_HOST: `unix://${repository.dir}/nobody.sock` };
    const { exitCode, said } = await waybill(["publish", "--engine", "buildx", "--to", `${host}/team/nobody`], {
      cwd: repository.dir,
      env,
    });
    assert.equal(exitCode, 7, said);
    assert.match(said, /BUILD_FAILED/);
    assert.match(said, /nobody\.sock/);
  });
});
