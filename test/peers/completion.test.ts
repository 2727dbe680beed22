import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";
import { must, runProgram } from "./support/run.ts";
import { aTerminal, type Completing, inBash, inFish, inZsh, type ShellOptions, until } from "./support/shells.ts";

const shells: Readonly<Record<string, (options: ShellOptions) => Completing>> = { bash: inBash, zsh: inZsh, fish: inFish };
/** A name that a shell would run, were it to expand it. */
const hostile = `v$(touch$\{IFS}ran)`;

for (const [shell, completingIn] of Object.entries(shells)) {
  suite(`completion in ${shell}`, { concurrency: false }, () => {
    const repository = aRepository();
    const [first, second] = [repository.commit({ "docker/Dockerfile": "FROM scratch\n" }), repository.commit({ "a file.txt": "" })];
    repository.git("tag", "v1.2.3");
    repository.git("branch", "release/1");
    let folder: Awaited<ReturnType<typeof aFolder>>;
    let script: string;
    let complete: Completing;
    before(async () => {
      folder = await aFolder();
      script = join(folder.path, `waybill.${shell}`);
      const made = await waybill(["completion", shell], { cwd: repository.dir });
      assert.equal(made.exitCode, 0, made.said);
      await writeFile(script, made.out);
      complete = completingIn({ script, cwd: repository.dir, home: folder.path });
    });
    after(async () => {
      await folder[Symbol.asyncDispose]();
      repository.remove();
    });
    /** What completes a line, in no order. */
    const all = async (line: string) => (await complete(line)).toSorted();

    test("the shell takes the script without a word", async () => {
      assert.deepEqual(await runProgram(shell, ["-n", script]), { exitCode: 0, out: "", said: "" });
    });

    test("commands, those below others, and aliases", async () => {
      assert.deepEqual(await all("waybill p"), ["plan", "promote", "publish", "push"]);
      assert.deepEqual(await all("waybill registry "), ["gc", "serve"]);
      assert.deepEqual(await all("waybill ecr c"), ["create"]);
      assert.ok((await all("waybill help pub")).includes("publish"));
      assert.deepEqual(await all("waybill completion "), ["bash", "fish", "zsh"]);
    });

    test("options of the command that stands there, whatever stands between", async () => {
      assert.deepEqual(await all("waybill publish --adop"), ["--adopt"]);
      assert.deepEqual(await all("waybill push --verbose --to r.example/app --adop"), ["--adopt"]);
      assert.deepEqual(await all("waybill registry serve --tls-"), ["--tls-cert", "--tls-key"]);
      assert.deepEqual(await all("waybill plan --adop"), []);
      assert.ok((await all("waybill --")).includes("--version"));
    });

    test("values that are one of a few", async () => {
      assert.deepEqual(await all("waybill tags --output "), ["github", "json", "text"]);
      assert.deepEqual(
        (await all("waybill tags --output=j")).map((one) => one.replace("--output=", "")),
        ["json"],
      );
      assert.deepEqual(await all("waybill publish --latest a"), ["adopt", "always"]);
      assert.ok((await all("waybill validate --platform linux/a")).includes("linux/arm64"));
      // What is nobody's to guess is not guessed.
      assert.deepEqual(await all("waybill publish --to "), []);
      assert.deepEqual(await all("waybill tags "), []);
    });

    test("commits, tags and branches of the repository, here or where --repo says", async () => {
      assert.deepEqual(await all("waybill publish --commit "), [first, second].toSorted());
      assert.deepEqual(await all(`waybill why-rebuilt ${first} ${second.slice(0, 12)}`), [second]);
      assert.deepEqual(await all("waybill info --version v1"), ["v1.2.3"]);
      assert.deepEqual(await all(`waybill promote ${first} v`), ["v1.2.3"]);
      assert.deepEqual(await all("waybill init --branch r"), ["release/1"]);
      const other = aRepository();
      try {
        const [there] = [other.commit({ Dockerfile: "FROM scratch\n" })];
        assert.deepEqual(await all(`waybill publish --repo ${other.dir} --commit ${there.slice(0, 8)}`), [there]);
      } finally {
        other.remove();
      }
    });

    test("files and folders, also with blanks in their names", async () => {
      assert.ok((await all("waybill publish --file doc"))[0]?.startsWith("docker"));
      assert.equal((await all("waybill publish --context do"))[0]?.replace(/\/$/, ""), "docker");
      assert.equal((await all("waybill publish --context a")).length, 0);
      assert.deepEqual(
        (await all("waybill copy --ca-file a")).map((one) => one.replaceAll("\\", "")),
        ["a file.txt"],
      );
    });

    test("outside of a repository there are no commits, and no error", async () => {
      const nowhere = completingIn({ script, cwd: folder.path, home: folder.path });
      assert.deepEqual(await nowhere("waybill publish --commit "), []);
    });

    test("a tag's name is never run", async () => {
      repository.git("tag", hostile);
      try {
        const found = await complete("waybill info --version v");
        assert.equal(found.length, 2);
        assert.ok(found.every((one) => one === "v1.2.3" || one.replaceAll("\\", "") === hostile));
        assert.equal(repository.git("status", "--porcelain"), "");
      } finally {
        repository.git("tag", "--delete", hostile);
      }
    });
  });
}

suite("completion as it is set up", () => {
  test("bash completes what is typed, and zsh finds the function in its path", async () => {
    await using folder = await aFolder();
    for (const { shell, start, file } of [
      { shell: "bash", start: "bash --norc --noprofile -i", file: "waybill" },
      { shell: "zsh", start: "zsh -f -i", file: "functions/_waybill" },
    ]) {
      const script = join(folder.path, file);
      await mkdir(join(script, ".."), { recursive: true });
      await writeFile(script, (await waybill(["completion", shell], { cwd: folder.path })).out);
      await using terminal = await aTerminal(start, { cwd: folder.path, home: folder.path });
      const setup =
        shell === "bash"
          ? `source ${script}`
          : `fpath=(${folder.path}/functions $fpath); autoload -Uz compinit; compinit -u -d ${folder.path}/dump`;
      terminal.type(`${setup}; waybill() { printf 'RAN:%s\\n' "$*"; }; printf 'SET %s\\n' UP\n`);
      await until(() => (terminal.shown().includes("SET UP") ? true : undefined));
      terminal.type("waybill regis\tse\t--immu\t\n");
      await until(() => (terminal.shown().includes("RAN:registry serve --immutable") ? true : undefined));
    }
  });

  test("the man page has no mistake that man-db or mandoc knows of", async () => {
    const page = join(import.meta.dirname, "../../man/waybill.1");
    const shown = await runProgram("man", ["--warnings", "--local-file", page], {
      env: { MANPAGER: "cat", LC_ALL: "C.UTF-8", MANWIDTH: "100" },
    });
    assert.deepEqual([shown.exitCode, shown.said], [0, ""]);
    assert.match(shown.out, /waybill registry serve[\s\S]*--mutable-tag tag/);
    const lint = await runProgram("mandoc", ["-T", "lint", page]);
    // A version that is not released has no date yet.
    assert.deepEqual(
      lint.out.split("\n").filter((line) => line !== "" && !line.includes("missing date")),
      [],
    );
    assert.match(await must("mandoc", ["-T", "utf8", page]), /verify-fleet/);
  });
});
