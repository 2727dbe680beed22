import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { aFolder } from "../support/folder.ts";
import { anyOwner, runGit } from "../support/git-repository.ts";

const root = join(import.meta.dirname, "../..");
const make = process.env["MAKE"] || "make";
const sha = "5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12";
const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const image = `${host}/quiltdata/benchling`;

/** Runs make. MAKEFLAGS of a make that runs these tests are not this one's. */
function runMake(folder: string, ...argv: readonly string[]) {
  const { MAKEFLAGS: _, MAKELEVEL: __, VERSION: ___, DRY_RUN: ____, REGISTRY: _____, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(make, ["--no-print-directory", ...argv], { cwd: folder, env, encoding: "utf8" });
  return { exitCode: status, out: stdout, said: stderr };
}

/** What a target would run, in this checkout. */
function wouldRun(folder: string, ...argv: readonly string[]): string {
  const { exitCode, out, said } = runMake(join(root, folder), "--dry-run", `VERSION=${sha}`, ...argv);
  assert.deepEqual([exitCode, said], [0, ""], out);
  return out;
}

/** Each target of the image, with what it runs: `ARCH` stands for this machine's. */
const targets: readonly { readonly target: string; readonly runs: readonly string[]; readonly dry: "waybill's" | "shown" }[] = [
  { target: "push-ci", runs: ["node bin/waybill.js publish"], dry: "waybill's" },
  { target: "push-local", runs: [`node bin/waybill.js publish --platform linux/ARCH --to ${image}-ARCH`], dry: "waybill's" },
  { target: "docker-build-local", runs: ["node bin/waybill.js build --platform linux/ARCH"], dry: "waybill's" },
  { target: "docker-validate", runs: [`node bin/waybill.js validate ${image}:${sha} --platform linux/amd64`], dry: "shown" },
  { target: "docker-tools", runs: ["sh tools.sh"], dry: "shown" },
  { target: "docker-ecr-login", runs: [`node bin/waybill.js login ${host}`], dry: "shown" },
  {
    target: "docker-ecr-create",
    runs: [`node bin/waybill.js ecr create --public-read --to ${image} --to ${image}-ARCH`],
    dry: "waybill's",
  },
  {
    target: "run-ecr",
    runs: ["sh tools.sh", `waybill.js login ${host}`, `docker pull ${image}-ARCH:${sha}`, `docker run --rm ${image}-ARCH:${sha}`],
    dry: "shown",
  },
  {
    target: "test-ecr",
    runs: [
      "sh tools.sh",
      `waybill.js login ${host}`,
      `node bin/waybill.js validate ${image}-ARCH:${sha} --platform linux/ARCH`,
      `docker pull ${image}-ARCH:${sha}`,
      `docker run --rm --network none ${image}-ARCH:${sha} --version`,
      `:/work:ro ${image}-ARCH:${sha} demo`,
    ],
    dry: "shown",
  },
];
const arch = ({ x64: "amd64" } as Readonly<Record<string, string>>)[process.arch] ?? process.arch;
const onThisMachine = (text: string): string => text.replaceAll("ARCH", arch);

for (const folder of [".", "docker"]) {
  suite(`the image's targets, from ${folder === "." ? "the root" : folder}`, () => {
    for (const { target, runs, dry } of targets) {
      test(`${target} runs what it is for`, () => {
        const shown = wouldRun(folder, target);
        for (const one of runs) assert.ok(shown.includes(onThisMachine(one)), shown);
        assert.doesNotMatch(shown, /--dry-run|printf/);
      });

      test(`${target} with DRY_RUN writes nothing`, () => {
        for (const given of ["DRY_RUN=1", "DRY_RUN=true"]) {
          if (dry === "waybill's") {
            assert.ok(
              wouldRun(folder, target, given)
                .trimEnd()
                .endsWith(`${onThisMachine(runs.at(-1) ?? "")} --dry-run`),
            );
            continue;
          }
          const { exitCode, out, said } = runMake(join(root, folder), target, `VERSION=${sha}`, given);
          assert.deepEqual([exitCode, said], [0, ""], out);
          for (const one of runs) assert.ok(out.includes(onThisMachine(one)), out);
        }
        assert.doesNotMatch(wouldRun(folder, target, "DRY_RUN=0"), /--dry-run|printf/);
      });
    }
  });
}

test("what pulls an image signs in at ECR first, and nowhere else", () => {
  for (const target of ["run-ecr", "test-ecr"]) {
    assert.match(wouldRun("docker", target), /waybill\.js login/);
    assert.doesNotMatch(wouldRun("docker", target, "REGISTRY=127.0.0.1:5000"), /waybill\.js login/);
  }
});

test("every target of the image is one of the root's too, and in the table above", () => {
  const explained = (file: string) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name ?? "");
  const own = explained("docker/make.deploy");
  assert.deepEqual(own.toSorted(), targets.map(({ target }) => target).sort());
  const [, forwarded = ""] = /^image-targets := (.*)$/m.exec(readFileSync(join(root, "Makefile"), "utf8")) ?? [];
  assert.deepEqual(forwarded.split(" ").sort(), own.sort());
});

test("`make -n` shows every target without an error, sets nothing up and leaves nothing behind, in a new clone", async () => {
  await using folder = await aFolder();
  const clone = join(folder.path, "clone");
  runGit(folder.path, ["clone", "--quiet", root, clone], anyOwner);
  // The checkout's, as they are to be committed.
  for (const file of ["Makefile", "docker/Makefile", "docker/make.deploy"]) execFileSync("cp", [join(root, file), join(clone, file)]);
  const before = runGit(clone, ["status", "--porcelain", "--ignored"]);
  for (const [where, file] of [
    [".", "Makefile"],
    [".", "docker/make.deploy"],
    ["docker", "docker/make.deploy"],
  ] as const) {
    for (const [, target = ""] of readFileSync(join(root, file), "utf8").matchAll(/^([a-z-]+):.*## /gm)) {
      const { exitCode, out, said } = runMake(join(clone, where), "--dry-run", target);
      assert.deepEqual([exitCode, said], [0, ""], `${target}: ${out}`);
      assert.notEqual(out, "");
    }
  }
  assert.equal(runGit(clone, ["status", "--porcelain", "--ignored"]), before);
});

test("help lists every target that is explained, of both files", () => {
  const help = execFileSync(make, ["help"], { cwd: root, encoding: "utf8" });
  const explained = ["Makefile", "docker/make.deploy"].flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name ?? ""),
  );
  assert.ok(explained.length > 12);
  for (const name of explained) assert.match(help, new RegExp(`^ {2}${name} +\\S`, "m"));
});
