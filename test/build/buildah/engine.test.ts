import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { buildahEngine } from "../../../src/build/buildah/engine.ts";
import type { BuildRequest } from "../../../src/build/engine.ts";
import { Failure } from "../../../src/failure/index.ts";
import type { Event } from "../../../src/report/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBuildRequest } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";
import { programs } from "../../support/programs.ts";

/** A buildah that finds everything well until it builds or pushes. */
const fake = ({ build = "exit 0", push = "exit 0", info = "exit 0", version = "1.33.7" }): string => `
case "$*" in
  *" --version") echo "buildah version ${version} (image-spec 1.1.0)"; exit;;
  *" unshare cat "*) printf '0 1000 1\\n1 100000 65536\\n'; exit;;
esac
for word; do case "$word" in --iidfile=*) id=\${word#--iidfile=};; --*) ;; *) command=\${command:-$word};; esac; last=$word; done
case "$command" in
  info) ${info};;
  build) ${build};;
  push) ${push};;
esac`;

interface Failed {
  readonly failure: Failure;
  readonly events: readonly Event[];
  /** What is left in the folder for temporary files. */
  readonly left: readonly string[];
}

async function failing(
  script: string,
  more: Partial<BuildRequest> = {},
  env: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Failed> {
  await using bin = await programs({ buildah: script });
  await using temporary = await aFolder();
  const events: Event[] = [];
  const engine = buildahEngine({
    env: { ...bin.env, ...env },
    tempDir: temporary.path,
    // Short only where it is the subject: a busy machine may take its time to begin a program.
    silence: script.includes("sleep 60") ? { tellMs: 400, endMs: 2_000 } : { tellMs: 30_000, endMs: 60_000 },
  });
  const request = { ...aBuildRequest("FROM scratch\nCOPY a /\nRUN make\n", { files: { a: "a" } }), ...more };
  const failure = await engine.build(request, memoryStore(), { emit: (event) => void events.push(event), signal }).then(
    () => assert.fail("it built"),
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof Failure, String((failure as Error).stack));
  return { failure, events, left: await readdir(temporary.path) };
}

const identity = `printf 'sha256:%064d' 0 > "$id"`;
const aManifest = (layers: string): string =>
  `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":2,"digest":"sha256:${"1".repeat(64)}"},"layers":${layers}}`;

suite("a buildah that misbehaves ends in exit code 7", { skip: process.platform === "win32" }, () => {
  const cases: readonly (readonly [string, Parameters<typeof fake>[0], RegExp, RegExp?])[] = [
    [
      "a step that fails, with its last lines",
      { build: `echo 'STEP 1/1: RUN make'; echo compiling; echo 'Error: building at STEP "RUN make": exit status 2' >&2; exit 2` },
      /^Dockerfile:3: 1\/1 RUN make: exit status 2\n {2}\| compiling$/,
      /Mend the step/,
    ],
    [
      "one that hangs",
      { build: "echo 'STEP 1/1: RUN make'; echo working; sleep 60" },
      /1\/1 RUN make: buildah said nothing for 2(?:\.0)? ?s and was ended\n {2}\| working/,
    ],
    [
      "one that hangs and can't be asked to end",
      { build: "trap '' TERM; echo deaf; sleep 60; sleep 60" },
      /said nothing for[\s\S]*\| deaf/,
    ],
    ["one that dies", { build: "echo last words; kill -9 $$" }, /a signal ended buildah\n {2}\| last words/],
    [
      "one that fills the disk",
      { build: "echo 'STEP 1/1: RUN make'; echo 'write /x: no space left on device' >&2; exit 125" },
      /no space left on device/,
      /disk is full/,
    ],
    [
      "one that fills the disk when it writes the image",
      { build: identity, push: "echo 'no space left on device' >&2; exit 125" },
      /no space/,
      /disk is full/,
    ],
    [
      "one that prints garbage and fails",
      { build: "head -c 3000000 /dev/urandom; echo; echo the end; exit 1" },
      /exit code 1[\s\S]*\| the end$/,
    ],
    [
      "one that says it has built, and has not",
      { build: "echo all is well" },
      /ended well and gave no image: it wrote none\n {2}\| all is well/,
    ],
    ["one that names garbage", { build: `echo garbage > "$id"` }, /gave no image: it named no image/],
    ["one that pushes nothing", { build: identity, push: "echo pushed" }, /gave no image: it wrote none\n {2}\| pushed/],
    [
      "one that pushes garbage",
      { build: identity, push: `d=\${last#dir:}; mkdir -p "$d"; echo '{"a":' > "$d/manifest.json"` },
      /gave no image:/,
    ],
    [
      "one that pushes a manifest without its blobs",
      { build: identity, push: `d=\${last#dir:}; mkdir -p "$d"; printf '%s' '${aManifest("[]")}' > "$d/manifest.json"` },
      /gave no image: it wrote none/,
    ],
    [
      "one that can store nothing",
      { info: "echo 'overlay is not supported' >&2; exit 1" },
      /cannot store images here: overlay is not supported/,
    ],
  ];
  for (const [what, script, message, hint] of cases) {
    test(what, async () => {
      const { failure, left } = await failing(fake(script));
      assert.deepEqual([failure.code, failure.exitCode], ["BUILD_FAILED", 7]);
      assert.match(failure.message, message);
      assert.match(failure.hint ?? "", hint ?? /./);
      assert.deepEqual(left, []);
    });
  }

  test("silence is told of before it ends the build", async () => {
    const { events } = await failing(fake({ build: "echo 'STEP 1/1: RUN make'; sleep 60" }));
    const told = events.find((event) => event.kind === "message");
    assert.match(told?.kind === "message" ? told.text : "", /buildah has said nothing for .* during 1\/1 RUN make/);
  });

  test("one that is interrupted ends at once, and leaves nothing", async () => {
    const abort = new AbortController();
    const interrupted = new Failure("INTERRUPTED", "the run was interrupted");
    setTimeout(() => abort.abort(interrupted), 500);
    const began = performance.now();
    const { failure, left } = await failing(fake({ build: "sleep 60" }), {}, {}, abort.signal);
    assert.equal(failure, interrupted);
    assert.ok(performance.now() - began < 10_000);
    assert.deepEqual(left, []);
  });
});

suite("buildah is not begun with", { skip: process.platform === "win32" }, () => {
  test("where it is too old", async () => {
    const { failure } = await failing(fake({ version: "1.23.1" }));
    assert.equal(failure.code, "ENGINE_MISSING");
    assert.match(failure.message, /buildah 1\.23\.1 is older than 1\.28/);
  });

  test("where it would take a heredoc for something else", async () => {
    const { failure } = await failing(fake({ version: "1.28.2" }), {
      dockerfile: { name: "Dockerfile", text: "FROM scratch\nRUN <<EOF\nmake\nEOF\n", ignore: undefined },
    });
    assert.equal(failure.code, "ENGINE_UNFIT");
    assert.match(failure.message, /^Dockerfile:2: .*heredoc/);
  });

  test("where a secret is missing", async () => {
    const { failure } = await failing(fake({}), { secrets: { token: { env: "TOKEN" } } });
    assert.equal(failure.code, "CONFIG_MISSING");
  });
});

suite("buildah is told of sign-in files", { skip: process.platform === "win32" }, () => {
  test("only where they are there: it ends where a named one is not", async () => {
    await using folder = await aFolder();
    const build = 'echo "has $DOCKER_CONFIG and $REGISTRY_AUTH_FILE."; exit 1';
    const missing = { DOCKER_CONFIG: folder.path, REGISTRY_AUTH_FILE: join(folder.path, "auth.json") };
    assert.match((await failing(fake({ build }), {}, missing)).failure.message, /has {2}and \.|has and \./);
    await writeFile(join(folder.path, "config.json"), "{}");
    const { failure } = await failing(fake({ build }), {}, missing);
    assert.ok(failure.message.includes(`has ${folder.path} and .`), failure.message);
  });
});

suite("the log of buildah", { skip: process.platform === "win32" }, () => {
  test("has no value of a secret in it", async () => {
    const { failure, events } = await failing(
      fake({ build: `echo 'STEP 1/1: RUN make'; echo "it is $TOKEN"; echo "Error: $TOKEN" >&2; exit 1` }),
      { secrets: { token: { env: "TOKEN" } } },
      { TOKEN: "correct horse" },
    );
    const everything = JSON.stringify([events, failure.message, failure.facts]);
    assert.ok(!everything.includes("correct horse"), everything);
    assert.match(everything, /it is \*\*\*/);
  });

  test("tells that a cache in a registry failed, and the build goes on without it", async () => {
    const script = fake({
      build: `case "$*" in *--cache-to=*) echo 'Error: failed pushing cache to "r.example/c": denied' >&2; exit 125;; *) echo built again; exit 3;; esac`,
    });
    const { failure, events } = await failing(script, {
      cache: { type: "registry", ref: "r.example/c:main", timeoutMs: 1_000, mode: "max" },
    });
    assert.match(failure.message, /exit code 3\n {2}\| built again/);
    const warnings = events.filter((event) => event.kind === "message" && event.level === "warning");
    assert.equal(warnings.length, 1);
    assert.match(JSON.stringify(warnings), /the build cache is left: failed pushing cache/);
  });

  test("tells that a cache took too long on its way to a registry, and the build goes on without it", async () => {
    const script = fake({
      build: `case "$*" in *--cache-to=*) echo '--> Pushing cache [r.example/c]:abc'; echo Copying blob; sleep 60;; *) echo built again; exit 3;; esac`,
    });
    const cache = { type: "registry", ref: "r.example/c", timeoutMs: 200, mode: "max" } as const;
    const { failure, events } = await failing(script, { cache });
    assert.match(failure.message, /exit code 3\n {2}\| built again/);
    assert.match(JSON.stringify(events), /the build cache is left: its export took too long/);
  });

  test("is not cut short by a cache whose layers arrive in time", async () => {
    const build =
      "for one in 1 2 3; do echo '--> Pushing cache [r.example/c]:abc'; echo '--> 2be78eab0b0'; sleep 0.2; done; echo done; exit 4";
    const { failure } = await failing(fake({ build }), { cache: { type: "registry", ref: "r.example/c", timeoutMs: 400, mode: "max" } });
    assert.match(failure.message, /exit code 4/);
  });

  test("tells once that there is no cache of GitHub's for it", async () => {
    const { events } = await failing(fake({ build: "exit 1" }), { cache: { type: "gha", timeoutMs: 1_000, mode: "max" } });
    assert.equal(events.filter((event) => event.kind === "message").length, 1);
  });
});
