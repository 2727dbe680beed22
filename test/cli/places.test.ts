import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, suite, test } from "node:test";
import { inherited, waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository, type FileSpec } from "../support/git-repository.ts";

/** What is wrong in a repository, and the annotations that must come of it: file, line, what is said there. */
interface Wrong {
  readonly files: Readonly<Record<string, FileSpec>>;
  readonly annotated: readonly (readonly [file: string, line: number, says: RegExp])[];
}

const registry = await anEmbeddedRegistry();
after(async () => await registry[Symbol.asyncDispose]());
const host = registry.served.host;
const destinations = `destinations: [{ registry: "${host}" }]\n`;
const good = { Dockerfile: "FROM scratch\nCOPY app /app\n", app: "1" };

const wrong: Readonly<Record<string, Wrong>> = {
  "an unknown key": {
    files: { "waybill.yaml": `image: team/app\n${destinations}platfrom: linux/amd64\n` },
    annotated: [["waybill.yaml", 3, /"platfrom".*%0A.*platform/]],
  },
  "several values": {
    files: { "waybill.yaml": `image: Team\n${destinations}build:\n  epoch: never\n` },
    annotated: [
      ["waybill.yaml", 1, /repository name in lower case/],
      ["waybill.yaml", 4, /epoch/],
    ],
  },
  "YAML that is none": {
    files: { "waybill.yaml": `image: team/app\n${destinations}build: [\n` },
    annotated: [["waybill.yaml", 4, /not valid YAML/]],
  },
  "a destination that stands there twice": {
    files: { "waybill.yaml": `image: team/app\ndestinations:\n  - registry: ${host}\n  - registry: ${host}\n` },
    annotated: [["waybill.yaml", 4, /twice/]],
  },
  "a destination without a repository": {
    files: { "waybill.yaml": destinations },
    annotated: [["waybill.yaml", 1, /which repository/]],
  },
  "an instruction that is none, in a Dockerfile elsewhere": {
    files: {
      "waybill.yaml": `image: team/app\n${destinations}build: { file: docker/Dockerfile }\n`,
      "docker/Dockerfile": "FROM scratch\n\nCOPPY app /app\n",
    },
    annotated: [["docker/Dockerfile", 3, /COPPY.*%0ADid you mean COPY/]],
  },
};

suite("an error is annotated at its file and line", { concurrency: 2 }, () => {
  for (const [name, { files, annotated }] of Object.entries(wrong)) {
    test(`${name}, by the command and by the action`, async () => {
      const repository = aRepository();
      try {
        repository.commit({ ...good, ...files });
        const env = { GITHUB_ACTIONS: "true" };
        const { said } = await waybill(["plan"], { cwd: repository.dir, env });
        assert.deepEqual(placesOf(said), expected(annotated), said);
        for (const [, , says] of annotated) assert.match(said, says);
        const log = await action(repository.dir, { ...env, INPUT_CONFIG: "", "INPUT_DRY-RUN": "true" });
        assert.deepEqual(placesOf(log), expected(annotated), log);
      } finally {
        repository.remove();
      }
    });
  }

  test("at the key that names a Dockerfile which the commit does not have", async () => {
    const repository = aRepository();
    after(() => repository.remove());
    repository.commit({ ...good, "waybill.yaml": `image: team/app\n${destinations}build:\n  file: docker/Dockerfile\n` });
    const { said } = await waybill(["plan"], { cwd: repository.dir, env: { GITHUB_ACTIONS: "true" } });
    assert.deepEqual(placesOf(said), ["waybill.yaml:4"], said);
  });

  test("from the workspace's root where the repository is in a folder of it, and from there too with --repo", async () => {
    const repository = aRepository();
    repository.commit({ ...good, "waybill.yaml": "platfrom: x\n" });
    await using workspace = await aFolder();
    const dir = join(workspace.path, "sub/app");
    mkdirSync(join(workspace.path, "sub"));
    renameSync(repository.dir, dir);
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: workspace.path };
    assert.deepEqual(placesOf((await waybill(["plan"], { cwd: dir, env })).said), ["sub/app/waybill.yaml:1"]);
    assert.deepEqual(placesOf((await waybill(["plan", "--repo", "sub/app"], { cwd: workspace.path, env })).said), [
      "sub/app/waybill.yaml:1",
    ]);
  });
});

const main = join(import.meta.dirname, "../../action/main.js");

/** The log of the action, as a runner starts it. */
async function action(cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [main], { cwd, env: { ...inherited(), ...env, HOME: cwd }, stdio: ["ignore", "ignore", "pipe"] });
  return await text(child.stderr);
}

function expected(annotated: Wrong["annotated"]): readonly string[] {
  return annotated.map(([file, line]) => `${file}:${line}`);
}

/** Where the log's annotations of errors stand. */
function placesOf(said: string): readonly string[] {
  return [...said.matchAll(/^::error [^:]*file=([^,:]+),line=(\d+)::/gm)].map(([, file, line]) => `${file}:${line}`);
}
