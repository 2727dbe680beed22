import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A file's content, or what else a path is. */
export type FileSpec =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: true }
  | { readonly symlink: string };

/** A real repository in a folder of its own. */
export interface TestRepository {
  readonly dir: string;
  /** Runs git in it and gives what it printed, without the last line end. */
  git(...argv: readonly string[]): string;
  /** Writes files without committing them. */
  write(files: Readonly<Record<string, FileSpec>>): void;
  /** Commits files and gives the commit's full name; each commit is a minute after the one before. */
  commit(files: Readonly<Record<string, FileSpec>>, message?: string): string;
  remove(): void;
}

const base = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};
let minutes = 0;

/** Lets git read a repository that belongs to somebody else than who runs the tests, as a checkout may. */
export const anyOwner = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" } as const;

/** Runs git without the settings of whoever runs the tests. */
export function runGit(cwd: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const fixed = ["-c", "protocol.file.allow=always", "-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true"];
  const { status, stdout, stderr } = spawnSync("git", [...fixed, ...argv], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: cwd, ...base, ...env },
  });
  if (status !== 0) throw new Error(`git ${argv.join(" ")} in ${cwd}: ${stderr}`);
  return stdout.replace(/\n$/, "");
}

/** Makes a repository with a branch main and no commit. */
export function aRepository(options: { readonly objectFormat?: "sha1" | "sha256"; readonly bare?: boolean } = {}): TestRepository {
  const dir = mkdtempSync(join(tmpdir(), "waybill-repository-"));
  runGit(dir, [
    "init",
    "--quiet",
    "--initial-branch=main",
    `--object-format=${options.objectFormat ?? "sha1"}`,
    ...(options.bare ? ["--bare"] : []),
  ]);
  return inFolder(dir);
}

/** Clones a repository by its address, as a CI does. */
export function aClone(of: TestRepository, ...options: readonly string[]): TestRepository {
  const dir = mkdtempSync(join(tmpdir(), "waybill-clone-"));
  runGit(of.dir, ["config", "uploadpack.allowFilter", "true"]);
  runGit(of.dir, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  runGit(dir, ["clone", "--quiet", ...options, `file://${of.dir}`, dir]);
  return inFolder(dir);
}

function inFolder(dir: string): TestRepository {
  const git = (...argv: readonly string[]): string => runGit(dir, argv);
  const write = (files: Readonly<Record<string, FileSpec>>): void => writeFiles(dir, files);
  return {
    dir,
    git,
    write,
    commit(files, message = "change") {
      write(files);
      git("add", "--all");
      minutes += 1;
      const date = `${1_700_000_000 + minutes * 60} +0000`;
      runGit(dir, ["commit", "--quiet", "--allow-empty", "--message", message], { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
      return git("rev-parse", "HEAD");
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Writes files below a folder. */
export function writeFiles(dir: string, files: Readonly<Record<string, FileSpec>>): void {
  for (const [path, spec] of Object.entries(files)) writeSpec(join(dir, path), spec);
}

function writeSpec(path: string, spec: FileSpec): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof spec === "string" || spec instanceof Uint8Array) writeFileSync(path, spec);
  else if ("symlink" in spec) symlinkSync(spec.symlink, path);
  else writeFileSync(path, spec.content, { mode: 0o755 });
}
