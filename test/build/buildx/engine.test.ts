import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { buildxEngine } from "../../../src/build/buildx/engine.ts";
import type { BuildxSetting } from "../../../src/build/buildx/program.ts";
import type { BuildRequest } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import type { Digest } from "../../../src/oci/index.ts";
import type { Event } from "../../../src/report/index.ts";
import { memoryStore, openLayout } from "../../../src/store/index.ts";
import { aBaseImage } from "../../support/base-image.ts";
import { aBuildRequest } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";

const at = "2026-01-01T00:00:00Z";
const dockerfile = "FROM scratch\nRUN it\n";
const files = { Dockerfile: dockerfile };
const began = (name: string): string => `echo '${JSON.stringify({ vertexes: [{ digest: name, name, started: at }] })}' >&2`;
const usual = { type: "registry", ref: "registry.example/cache:main", mode: "max", timeoutMs: 200 } as const;

/** What the program does that stands there as docker, in sh: how it builds, and that it gives the image that was prepared. */
const gives = 'cp -r "$PREPARED/." "$dest"; cp "$PREPARED.json" "$metadata"; exit 0';

suite("the buildx engine, where docker is another program", () => {
  let stack: AsyncDisposableStack;
  let dir: string;
  let image: Digest;

  before(async () => {
    stack = new AsyncDisposableStack();
    dir = stack.use(await aFolder()).path;
    const layout = await openLayout(join(dir, "prepared"), { create: true });
    image = (await aBaseImage(layout, { tag: "content", layers: [[{ name: "it", content: "built" }]] })).digest;
    await writeFile(join(dir, "prepared.json"), JSON.stringify({ "containerimage.digest": image }));
  });
  after(async () => await stack[Symbol.asyncDispose]());

  /** Builds with a docker that does `script` when it is to build. */
  const build = async (script: string, request: Partial<BuildRequest> = {}, setting: Partial<BuildxSetting> = {}) => {
    await using folder = await aFolder();
    const log = join(folder.path, "log");
    const temporary = join(folder.path, "temporary");
    await mkdir(temporary);
    await writeFile(join(folder.path, "docker"), `#!/bin/sh\n${program(script)}`);
    await chmod(join(folder.path, "docker"), 0o755);
    const env = { PATH: `${folder.path}:${process.env["PATH"]}`, LOG: log, PREPARED: join(dir, "prepared"), ...setting.env };
    const events: Event[] = [];
    const store = memoryStore();
    const engine = buildxEngine({ ...setting, tempDir: temporary, env });
    const asked = { ...aBuildRequest(dockerfile, { files }), ...request };
    const told = await engine.build(asked, store, { emit: (event) => void events.push(event) }).then(
      (built) => ({ built, failure: undefined }),
      (thrown: unknown) => ({ built: undefined, failure: thrown }),
    );
    const calls = (await readFile(log, "utf8").catch(() => "")).split("\n").filter(Boolean);
    return { ...told, events, calls };
  };
  const failing = async (...given: Parameters<typeof build>): Promise<Failure & { events: readonly Event[]; calls: readonly string[] }> => {
    const { failure, events, calls } = await build(...given);
    assert.ok(failure instanceof Failure, String(failure));
    return Object.assign(failure, { events, calls });
  };
  const messages = (events: readonly Event[]): readonly string[] =>
    events.flatMap((event) => (event.kind === "message" ? [`${event.level}: ${event.text}`] : []));

  test("one that builds gives the image, its steps and its time", async () => {
    const step = (name: string, more: object) => ({ digest: name, name, started: at, completed: at, ...more });
    const line = JSON.stringify({
      vertexes: [step("[internal] load", {}), step("[1/3] FROM x", {}), step("[2/3] RUN a", { cached: true }), step("[3/3] RUN b", {})],
    });
    const { built, events, failure } = await build(`echo '${line}' >&2; ${gives}`);
    assert.equal(failure, undefined);
    assert.equal(built?.content.digest, image);
    assert.deepEqual([built?.stats?.steps, built?.stats?.cached], [2, 1]);
    assert.match(messages(events).join(), /info: built in .*, 1 of 2 steps from a cache/);
  });

  test("one that dies ends with its last lines", async () => {
    const { exitCode, message } = await failing("echo working >&2; echo 'ERROR: it is gone' >&2; kill -9 $$");
    assert.equal(exitCode, 7);
    assert.equal(message, "docker buildx failed: a signal ended it\n  | working\n  | ERROR: it is gone");
  });

  test("one that fails without a word says that", async () => {
    assert.equal((await failing("exit 3")).message, "docker buildx failed: exit code 3, and it said nothing");
  });

  test("one that hangs is told of, and ended, with the step that it was in", async () => {
    const silence = { tellMs: 150, endMs: 500 };
    const hung = await failing(`${began("[2/2] RUN it")}; echo 'last words' >&2; sleep 1000`, {}, { silence });
    assert.match(messages(hung.events).join(), /warning: the builder has said nothing for \d+ ms during \[2\/2\] RUN it/);
    assert.deepEqual([hung.code, hung.message], ["BUILD_FAILED", "docker buildx said nothing for 500 ms and was ended\n  | last words"]);
  });

  test("one that goes on speaking is not ended, however long it takes", async () => {
    const speaks = "for i in 1 2 3 4 5 6 7 8; do echo $i >&2; sleep 0.1; done";
    const { built } = await build(`${speaks}; ${gives}`, {}, { silence: { tellMs: 10_000, endMs: 600 } });
    assert.equal(built?.content.digest, image);
  });

  test("one that fills the disk is told as that", async () => {
    const failed = await failing("echo 'ERROR: write /x/blobs/sha256/0: no space left on device' >&2; exit 1");
    assert.match(failed.message, /^docker buildx failed: exit code 1\n {2}\| ERROR: write .*no space left on device$/);
    assert.match(failed.hint ?? "", /^A disk is full/);
  });

  const nonsense: Readonly<Record<string, string>> = {
    "random bytes": "head -c 3000000 /dev/urandom >&2",
    "no line end": 'head -c 40000000 /dev/zero | tr "\\0" x >&2',
    "JSON of another shape": `printf '%s\\n' '{"vertexes":"x"}' '{"vertexes":[null]}' '{"vertexes":[{"name":5}]}' '{"logs":[{"vertex":"a","data":5}]}' '{}' '{' >&2`,
    "a layout that is none": 'mkdir "$dest"; echo nonsense > "$dest/index.json"; cp "$PREPARED.json" "$metadata"',
    "another digest": `${gives.replace("; exit 0", "")}; echo '{"containerimage.digest":"sha256:${"0".repeat(64)}"}' > "$metadata"`,
    "metadata that is none": `${gives.replace("; exit 0", "")}; echo nonsense > "$metadata"`,
  };
  for (const [name, script] of Object.entries(nonsense)) {
    test(`one that gives ${name} and says that it is well ends with exit code 7`, async () => {
      const { exitCode, code, message } = await failing(`${script}; printf '\\nits last words\\n' >&2; exit 0`);
      assert.deepEqual([exitCode, code], [7, "BUILD_FAILED"], message);
      assert.match(message, /^docker buildx ended well and gave no image: [\s\S]*\n {2}\| its last words$/);
    });
  }

  test("a cache that cannot be exported is a warning, and the build is asked for without it", async () => {
    const refuses = "case \"$*\" in *--cache-to*) echo 'ERROR: Cache export is not supported for the docker driver.' >&2; exit 1;; esac";
    const { built, events, calls } = await build(`${refuses}; ${gives}`, { cache: usual });
    assert.equal(built?.content.digest, image);
    assert.match(messages(events).join(), /warning: the build cache was not written: ERROR: Cache export is not supported/);
    assert.deepEqual(
      calls.map((call) => [call.includes("--cache-from=type=registry"), call.includes("--cache-to=type=registry")]),
      [
        [true, true],
        [true, false],
      ],
    );
  });

  test("a cache whose export hangs is given up after its time", async () => {
    const hangs = `case "$*" in *--cache-to*) ${began("exporting cache to registry")}; sleep 1000;; esac`;
    const { built, events } = await build(`${hangs}; ${gives}`, { cache: usual });
    assert.equal(built?.content.digest, image);
    assert.match(messages(events).join(), /warning: the build cache was not written: its export took longer than 200 ms/);
  });

  test("a cache whose export waits for the image's is not given up", async () => {
    const both = `${began("exporting cache to registry")}; ${began("exporting to oci image format")}; sleep 0.6`;
    const { built, events, calls } = await build(`${both}; ${gives}`, { cache: usual });
    assert.equal(built?.content.digest, image);
    assert.deepEqual([calls.length, messages(events).filter((text) => text.startsWith("warning"))], [1, []]);
  });

  test("a build that fails does so once, with a cache as without", async () => {
    const failed = await failing("echo 'ERROR: no' >&2; exit 1", { cache: usual });
    assert.equal(failed.calls.length, 1);
  });

  test("secrets are named in the arguments, and their values taken out of what is printed", async () => {
    const request = { secrets: { token: { env: "TOKEN" } } };
    const setting = { env: { TOKEN: "hunter2-hunter2" } };
    const failed = await failing('echo "it is $TOKEN" >&2; exit 1', request, setting);
    assert.match(failed.calls.join(), / --secret=id=token,env=TOKEN /);
    assert.match(failed.message, /\n {2}\| it is \*\*\*$/);
    assert.doesNotMatch(JSON.stringify([failed.calls, failed.message, failed.events]), /hunter2/);
  });

  test("a secret or a key that is missing is told before anything is built", async () => {
    const cases: readonly (readonly [Partial<BuildRequest>, RegExp])[] = [
      [{ secrets: { token: { env: "NOBODY_SET_IT" } } }, /the secret token is missing: the variable NOBODY_SET_IT is not set/],
      [{ secrets: { token: { env: "EMPTY" } } }, /the variable EMPTY is empty/],
      [{ secrets: { token: { file: "/nowhere/at/all" } } }, /the secret token is missing: there is no file \/nowhere\/at\/all/],
      [{ ssh: ["default"] }, /SSH_AUTH_SOCK is not set/],
      [{ ssh: ["key=/nowhere/at/all"] }, /there is no key or socket \/nowhere\/at\/all/],
    ];
    for (const [request, message] of cases) {
      const failed = await failing(gives, request, { env: { EMPTY: "", SSH_AUTH_SOCK: undefined } });
      assert.deepEqual([failed.code, failed.calls], ["CONFIG_MISSING", []]);
      assert.match(failed.message, message);
    }
  });

  test("a context that cannot be read ends the build with its own failure", async () => {
    const broken = new Failure("CONTEXT_INVALID", "it is gone");
    const { context } = aBuildRequest(dockerfile, { files });
    let reads = 0;
    const open: typeof context.open = async (path) => {
      reads += 1;
      // The first one looks whether the Dockerfile is in the context.
      if (reads > 1) throw broken;
      return await context.open(path);
    };
    assert.equal((await build("cat > /dev/null; sleep 1000", { context: { ...context, open } })).failure, broken);
  });
});

/** The program: what it is asked to build stands in the log, and where that is to go in variables. */
function program(script: string): string {
  return `[ "$2" = version ] && exit 0
echo "$*" >> "$LOG"
[ "$2" = build ] || exit 1
for word; do
  case "$word" in
    --output=type=oci,*) dest=\${word#*dest=}; dest=\${dest%%,*};;
    --metadata-file=*) metadata=\${word#*=};;
  esac
done
${script}
`;
}
