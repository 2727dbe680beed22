import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { command, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type FileSpec } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** One thing that a user can get wrong, and what must be said of it. */
interface Mistake {
  readonly files?: Readonly<Record<string, FileSpec>>;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Leave the destination out of the command line. */
  readonly nowhere?: boolean;
  readonly exitCode: number;
  readonly code: string;
  readonly said: RegExp;
}

const dockerfile = 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n';
const good = { Dockerfile: dockerfile, app: "#!/app\n" };

const mistakes: Readonly<Record<string, Mistake>> = {
  "a commit that is not there": { argv: ["--commit", "0".repeat(40)], exitCode: 2, code: "COMMIT_UNKNOWN", said: /has no commit 0{40}/ },
  "an abbreviated commit": { argv: ["--commit", "abc1234"], exitCode: 2, code: "COMMIT_ABBREVIATED", said: /7 of its 40 digits/ },
  "an abbreviated VERSION": { env: { VERSION: "abc1234" }, exitCode: 2, code: "COMMIT_ABBREVIATED", said: /abc1234/ },
  "an empty VERSION": { env: { VERSION: "" }, exitCode: 2, code: "CONFIG_INVALID", said: /VERSION/ },
  "a Dockerfile that is not there": { files: { app: "x" }, exitCode: 2, code: "DOCKERFILE_MISSING", said: /has no file Dockerfile/ },
  "a Dockerfile that was never committed": {
    argv: ["--file", "other/Dockerfile"],
    exitCode: 2,
    code: "DOCKERFILE_MISSING",
    said: /other\/Dockerfile/,
  },
  "a Dockerfile with an unknown instruction": {
    files: { ...good, Dockerfile: "FROM scratch\nCOPPY app /app\n" },
    exitCode: 7,
    code: "DOCKERFILE_INVALID",
    said: /Dockerfile:2: "COPPY" is not an instruction\n {2}2 \| COPPY app \/app\n {2}hint: Did you mean COPY\?/,
  },
  "a Dockerfile without FROM": {
    files: { ...good, Dockerfile: "COPY app /app\n" },
    exitCode: 7,
    code: "DOCKERFILE_INVALID",
    said: /Dockerfile:1: COPY stands before the first FROM/,
  },
  "a quote that is not closed": {
    files: { ...good, Dockerfile: 'FROM scratch\n\nENV A="b\n' },
    exitCode: 7,
    code: "DOCKERFILE_INVALID",
    said: /Dockerfile:3: .*quote/,
  },
  "a folder for temporary files that is not there": {
    files: good,
    env: { TMPDIR: "/nowhere" },
    exitCode: 7,
    code: "BUILD_FAILED",
    said: /folder for temporary files, \/nowhere: there is no such folder\n {2}hint: .*TMPDIR/,
  },
  "a file outside the context": {
    files: { ...good, Dockerfile: "FROM scratch\nCOPY ../app /app\n" },
    exitCode: 7,
    code: "CONTEXT_INVALID",
    said: /Dockerfile:2: \.\.\/app is outside/,
  },
  "a file that is not there": {
    files: { ...good, Dockerfile: "FROM scratch\nCOPY ap /app\n" },
    exitCode: 7,
    code: "CONTEXT_INVALID",
    said: /Dockerfile:2: the context has no ap[\s\S]*There is app/,
  },
  "a RUN for assemble": {
    files: { ...good, Dockerfile: "FROM scratch\nRUN true\n" },
    argv: ["--engine", "assemble"],
    exitCode: 7,
    code: "ENGINE_UNFIT",
    said: /Dockerfile:2: assemble does not do RUN[\s\S]*buildx/,
  },
  "a RUN for assemble, in a dry run too": {
    files: { ...good, Dockerfile: "FROM scratch\nRUN true\n" },
    argv: ["--engine", "assemble", "--dry-run"],
    exitCode: 7,
    code: "ENGINE_UNFIT",
    said: /Dockerfile:2: assemble does not do RUN/,
  },
  "a platform that is none": { argv: ["--platform", "amd64"], exitCode: 2, code: "CONFIG_INVALID", said: /OS\/ARCHITECTURE/ },
  "an unknown key in waybill.yaml": {
    files: { ...good, "waybill.yaml": "image: team/app\nbuild:\n  platfrom: linux/amd64\n" },
    exitCode: 2,
    code: "CONFIG_UNKNOWN_KEY",
    said: /waybill\.yaml:3.*platfrom[\s\S]*platform/,
  },
  "waybill.yaml that is no YAML": {
    files: { ...good, "waybill.yaml": "image: [\n" },
    exitCode: 2,
    code: "CONFIG_INVALID",
    said: /waybill\.yaml:/,
  },
  "no destination": { nowhere: true, exitCode: 2, code: "CONFIG_MISSING", said: /--to/ },
  "a destination that is none": {
    nowhere: true,
    argv: ["--to", "127.0.0.1:1/UPPER/case"],
    exitCode: 2,
    code: "CONFIG_INVALID",
    said: /UPPER\/case/,
  },
  "a destination with a tag": {
    nowhere: true,
    argv: ["--to", "127.0.0.1:1/team/app:tag"],
    exitCode: 2,
    code: "CONFIG_INVALID",
    said: /without a tag/,
  },
  "an unknown option": { argv: ["--platfrom", "x"], exitCode: 2, code: "USAGE", said: /--platform/ },
  "an unknown engine": { argv: ["--engine", "magic"], exitCode: 2, code: "USAGE", said: /auto, assemble, buildx/ },
  "a registry that is not loopback over plain HTTP": {
    nowhere: true,
    files: {
      ...good,
      "waybill.yaml":
        'image: team/app\ndestinations: [{ registry: registry.example }]\nendpoints: { registry.example: "http://192.0.2.1" }\n',
    },
    exitCode: 2,
    code: "CONFIG_INVALID",
    said: /http/,
  },
};

suite("publish refuses", { concurrency: 4 }, () => {
  for (const [name, { files = good, argv = [], env = {}, nowhere, exitCode, code, said }] of Object.entries(mistakes)) {
    test(`${name}: exit ${exitCode}, ${code}, nothing written`, async () => {
      await using registry = await anEmbeddedRegistry();
      const repository = aRepository();
      keep(repository);
      repository.commit(files);
      const to = nowhere ? [] : ["--to", `${registry.served.host}/team/app`];
      const run = await waybill(["publish", ...to, ...argv], { cwd: repository.dir, env });
      assert.match(run.said, said);
      assert.match(run.said, new RegExp(`code: ${code}, exit ${exitCode}`));
      assert.match(run.said, /^ {2}hint: ./m);
      assert.doesNotMatch(run.said, /^\s+at .*\.ts:/m, "a stack is for defects only");
      assert.doesNotMatch(run.out, /DOCKER_IMAGE_URI/);
      assert.equal(run.exitCode, exitCode);
      const { repositories } = (await (await registry.ask("GET", "/v2/_catalog")).json()) as { repositories: string[] };
      assert.deepEqual(repositories, []);
    });
  }

  test("a folder that is no repository: exit 2, NOT_A_REPOSITORY", async () => {
    const dir = mkdtempSync(join(tmpdir(), "waybill-none-"));
    keep({ remove: () => rmSync(dir, { recursive: true }) });
    const run = await waybill(["publish", "--to", "127.0.0.1:1/team/app"], { cwd: dir });
    assert.match(run.said, /is not in a git repository[\s\S]*code: NOT_A_REPOSITORY, exit 2/);
    assert.equal(run.exitCode, 2);
  });
});

test("a folder that was removed while somebody stood in it", { skip: process.platform === "win32" }, async () => {
  await using folder = await aFolder();
  // The shell stands in it, and so does what it starts.
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"';
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath, command, "tags"], {
    cwd: folder.path,
    encoding: "utf8",
  });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^error: the folder that this runs in is not there any more\n {2}hint: .*\n {2}code: FILE_FAILED, exit 2\n$/);
});
