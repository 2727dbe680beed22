import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { parse } from "yaml";
import { command, waybill } from "../support/cli.ts";
import { aFolder } from "../support/folder.ts";
import type { FileSpec, TestRepository } from "../support/git-repository.ts";
import { aPinnedRepository } from "../support/pinned-repository.ts";
import { peerProgram, peerPython } from "./support/programs.ts";
import { must } from "./support/run.ts";
import { aTerminal, type Terminal } from "./support/shells.ts";

const home = await aFolder();
after(async () => await home[Symbol.asyncDispose]());

const having = (files: Readonly<Record<string, FileSpec>>): TestRepository => aPinnedRepository(files, "https://github.com/acme/app.git");

const initIn = async ({ dir }: TestRepository): Promise<Terminal> =>
  await aTerminal(`"${process.execPath}" "${command}" init`, { cwd: dir, home: home.path });

/** Types an answer once its question is there. */
async function answer(terminal: Terminal, question: RegExp, words: string): Promise<void> {
  await terminal.until(new RegExp(`${question.source}[^\\n]*: $`));
  terminal.type(`${words}\r`);
}

const read = ({ dir }: TestRepository, path: string) => readFileSync(join(dir, path), "utf8");

suite("waybill init at a terminal", () => {
  test("says what it found, asks for the rest, asks again for what is wrong, and writes after a yes", async () => {
    const repository = having({ Dockerfile: "FROM scratch\n", "api/Dockerfile": "FROM scratch\n" });
    await using terminal = await initIn(repository);
    await terminal.until(/Dockerfile {2}Dockerfile; not api\/Dockerfile/);
    await answer(terminal, /Which one/, "9");
    await terminal.until(/a number from 1 to 3/);
    await answer(terminal, /1 to 3[\s\S]*Which one/, "3");
    await answer(terminal, /Image, its name in every registry \[acme\/app\]/, "acme/main");
    await answer(terminal, /Image, its name in every registry \[acme\/app-api\]/, "");
    await answer(terminal, /Registry, like/, "ghcr");
    await terminal.until(/expected a registry host, HOST\[:PORT\] without https:\/\/, like ghcr\.io/);
    await answer(terminal, /like ghcr\.io[\s\S]*Registry, like/, "123456789012.dkr.ecr.us-east-1.amazonaws.com");
    await answer(terminal, /Role at AWS/, "publish");
    await answer(terminal, /expected an IAM role[\s\S]*Role at AWS/, "arn:aws:iam::123456789012:role/publish");
    await answer(terminal, /Branches to publish/, "main release/*");
    await answer(terminal, /Write waybill\.yaml, \.github\/workflows\/prod\.yml, Makefile/, "");
    assert.equal(await terminal.ended(), 0);
    const { images, branches, destinations } = parse(read(repository, "waybill.yaml"));
    assert.deepEqual(
      [images.map(({ image }: { image: string }) => image), branches],
      [
        ["acme/main", "acme/app-api"],
        ["main", "release/*"],
      ],
    );
    assert.equal(destinations[0].role, "arn:aws:iam::123456789012:role/publish");
    assert.match(terminal.shown(), /What is left to do:\s+1\. At AWS, the trust policy/);
  });

  test("Ctrl-C writes nothing", async () => {
    const repository = having({ Dockerfile: "FROM scratch\n" });
    await using terminal = await initIn(repository);
    await terminal.until(/Image, its name[^\n]*: $/);
    terminal.type("\u0003");
    assert.equal(await terminal.ended(), 130);
    assert.match(terminal.shown(), /interrupted; nothing was written/);
    assert.equal(repository.git("status", "--porcelain"), "");
  });

  test("a file of somebody else is shown and left unless that is confirmed, while the others are written", async () => {
    const theirs = "name: deploy\n";
    const repository = having({ Dockerfile: "FROM scratch\n", ".github/workflows/prod.yml": theirs });
    await using terminal = await initIn(repository);
    await answer(terminal, /Image/, "");
    await answer(terminal, /Registry, like/, "ghcr.io");
    await answer(terminal, /Branches/, "");
    await terminal.until(/-name: deploy/);
    await answer(terminal, /Overwrite \.github\/workflows\/prod\.yml \[no\]/, "");
    await answer(terminal, /Write waybill\.yaml, Makefile \[yes\]/, "y");
    assert.equal(await terminal.ended(), 0);
    assert.equal(read(repository, ".github/workflows/prod.yml"), theirs);
    assert.match(read(repository, "waybill.yaml"), /^image: acme\/app$/m);
  });

  test("of a makefile with a push-ci of its own it asks what becomes of it", async () => {
    const repository = having({ Dockerfile: "FROM scratch\n", Makefile: "push-ci:\n\t./own.sh\n" });
    await using terminal = await initIn(repository);
    await answer(terminal, /Image/, "");
    await answer(terminal, /Registry, like/, "ghcr.io");
    await answer(terminal, /Branches/, "");
    await terminal.until(/Makefile has a push-ci or docker-validate of its own/);
    await answer(terminal, /Which one/, "2");
    await answer(terminal, /Write waybill\.yaml, \.github\/workflows\/prod\.yml/, "");
    assert.equal(await terminal.ended(), 0);
    assert.match(read(repository, ".github/workflows/prod.yml"), /run: make push-ci/);
  });
});

suite("the workflow that waybill init writes", () => {
  const ecr = (account: string): string => `${account}.dkr.ecr.eu-west-1.amazonaws.com`;
  const role = ["--role", "arn:aws:iam::123456789012:role/github/publish"];
  for (const [what, argv] of Object.entries({
    "at GHCR": ["--registry", "ghcr.io"],
    "at ECR, without make": ["--registry", ecr("123456789012"), ...role, "--make", "none"],
    "at several registries, of several branches": [
      ...["--registry", ecr("123456789012"), "--registry", "r.example:5000", "--registry", "ghcr.io", "--registry", "other.example"],
      ...["--branch", "main", "--branch", "release/*", ...role],
    ],
    "of several images, for ARM": [
      ...["--registry", "ghcr.io", "--file", "Dockerfile", "--file", "api/Dockerfile", "--platform", "linux/arm64"],
    ],
    "without a main branch": ["--registry", "ghcr.io", "--branch", "release/*", "--make", "own"],
  })) {
    test(`${what}: actionlint and zizmor find nothing in it`, async () => {
      const repository = having({ Dockerfile: "FROM scratch\n", "api/Dockerfile": "FROM scratch\n" });
      const { exitCode, said } = await waybill(["init", "--yes", ...argv], { cwd: repository.dir });
      assert.equal(exitCode, 0, said);
      const path = ".github/workflows/prod.yml";
      await must(peerProgram("actionlint"), ["-shellcheck=", "-pyflakes=", path], { cwd: repository.dir });
      await must(peerPython("zizmor"), ["--offline", "--no-progress", path], { cwd: repository.dir });
    });
  }
});
