import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileSpec, type TestRepository, writeFiles } from "./git-repository.ts";
import { seededNumbers } from "./seeded.ts";

/** Dockerfiles whose images follow from the commit's files alone: nothing runs, and nothing comes from the network. */
export const dockerfiles: readonly string[] = [
  "FROM scratch\nCOPY src /src\n",
  "FROM scratch\nCOPY src/*.js main /app/\nENV A=1\n",
  "FROM scratch AS tools\nCOPY tools /t\nFROM scratch\nCOPY --from=tools /t/a /bin/a\nCOPY src/ /src\n",
  "FROM scratch AS unused\nCOPY . /\nFROM scratch\nARG DIR=src\nCOPY --exclude=*.md $DIR /x\nWORKDIR /y\n",
  "# a comment\nFROM scratch\nCOPY . /all\n",
  "FROM scratch\nCOPY <<EOF /made\ntext\nEOF\nCOPY --chown=1:2 main /main\n",
  "FROM scratch AS a\nCOPY tools /\nFROM scratch AS b\nCOPY src /\nFROM a AS c\nCOPY --from=b / /b/\nFROM scratch\nCOPY --from=1 / /one/\nCOPY --from=c / /c/\n",
  "FROM scratch AS a\nCOPY docs /\nFROM scratch AS b\nCOPY src /\nFROM b\nONBUILD COPY docs /later\nCOPY --link tools /bin/\n",
  "FROM scratch AS base\nONBUILD COPY src /on\nONBUILD ENV V=1\nFROM base\nCOPY made* /made/\n",
  "ARG WHICH=one\nARG FOR=$TARGETARCH\nFROM scratch AS one\nCOPY main /\nFROM scratch AS two\nCOPY tools /\nFROM $WHICH\nARG FOR\nARG DIR=src\nCOPY $DIR/*.js /$FOR/\n",
  "FROM scratch\nCOPY --parents src/./deep/*.js tools/[ab] /kept/\nADD link /followed\n",
  "FROM scratch\nCOPY made /made\nCOPY --chmod=755 src/made.js src/b.js /bin/\n",
  "FROM scratch\nCOPY link /l\nCOPY tools/link /t\n",
];

const ignores = [
  "",
  "docs\n",
  "*\n!src\n!main\n!tools\n",
  "**/*.md\nsrc/b.js\n",
  "made\n**/link\n",
  "src/*\n!src/deep\n",
  "# none\nDockerfile\n",
];
const attributes = ["", "*.js text eol=crlf\n", "src/*.js ident\n*.md eol=crlf\n"];
const paths = [
  "src/a.js",
  "src/b.js",
  "src/deep/c.js",
  "src/n.md",
  "src/a name, with \u00fc.js",
  "main",
  "tools/a",
  "tools/b",
  "docs/d.md",
  "README.md",
];
const links = ["link", "tools/link", "src/deep/link", "src/b.js"];
const targets = ["src", "main", "a", "../src/deep", "docs/d.md", "/src/a.js", "nowhere", "../../outside"];
const texts = ["0", "1", "2\n", "$Id$\n"];
const made = ["made", "made/one", "made/two", "src/made.js", "src/b.js", "docs/made"];

/** A history in the making, and chance. */
interface Growing {
  readonly repository: TestRepository;
  readonly at: number;
  pick<T>(list: readonly T[]): T;
  /** Paths that the commit has, those that say how to build left out. */
  readonly present: readonly string[];
}

/** Ways in which a commit may differ from the one before it: each changes the checkout, or commits itself. */
const acts: Readonly<Record<string, (growing: Growing) => void>> = {
  edit: ({ repository, pick }) => put(repository.dir, { [pick(paths)]: pick(texts) }),
  "edit outside": ({ repository, pick, at }) => put(repository.dir, { [pick(["docs/d.md", "README.md"])]: `${at}` }),
  "edit several": ({ repository, pick }) => put(repository.dir, { [pick(paths)]: pick(texts), [pick(paths)]: pick(texts) }),
  dockerfile: ({ repository, pick }) => put(repository.dir, { Dockerfile: pick(dockerfiles) }),
  "another stage"({ repository }) {
    const text = repository.git("show", "HEAD:Dockerfile");
    if (!text.includes(" AS before"))
      put(repository.dir, { Dockerfile: text.replace(/^FROM /m, "FROM scratch AS before\nCOPY docs /\nFROM ") });
  },
  dockerignore: ({ repository, pick }) => put(repository.dir, { [pick([".dockerignore", "Dockerfile.dockerignore"])]: pick(ignores) }),
  "no dockerignore": ({ repository }) => clear(repository.dir, "Dockerfile.dockerignore"),
  attributes: ({ repository, pick }) => put(repository.dir, { ".gitattributes": pick(attributes) }),
  rename({ repository: { dir }, pick, present }) {
    const [from, to] = [pick(present), pick([...paths, "tools/moved", "docs/moved", "src/deep/c/d"])];
    if (to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
    clear(dir, to);
    renameSync(join(dir, from), join(dir, to));
  },
  removal: ({ repository, pick, present }) => clear(repository.dir, pick(present)),
  link: ({ repository, pick }) => put(repository.dir, { [pick(links)]: { symlink: pick(targets) } }),
  "folder in place of a file": ({ repository, pick }) => put(repository.dir, { "src/b.js/deeper": pick(texts) }),
  mode({ repository, pick, present }) {
    const path = join(repository.dir, pick(present));
    if (!lstatSync(path).isSymbolicLink()) chmodSync(path, pick([0o644, 0o755]));
  },
  revert({ repository, pick }) {
    const before = repository.git("rev-list", "--max-count=6", "HEAD").split("\n");
    repository.git("read-tree", "-u", "--reset", pick(before));
  },
  merge({ repository, pick, at }) {
    const from = pick(repository.git("rev-list", "--first-parent", "--max-count=4", "HEAD").split("\n"));
    repository.git("checkout", "--quiet", "--force", "-b", `side-${at}`, from);
    for (let count = 0; count <= at % 3; count++) step(repository, pick, at, sideActs);
    repository.git("checkout", "--quiet", "--force", "main");
    step(repository, pick, at, sideActs);
    try {
      repository.git("merge", "--quiet", "--no-ff", "-X", pick(["ours", "theirs"]), "-m", "merge", `side-${at}`);
    } catch {
      // Both sides did what cannot be put together; what one of them has is a merge as well.
      repository.git("reset", "--quiet", "--hard");
      repository.git("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "merge", `side-${at}`);
    }
  },
};

const sideActs = Object.keys(acts).filter((name) => name !== "merge" && name !== "revert");

/**
 * Grows a history of a repository's branch main: edits inside and outside of what is built, renames, removals, modes, links,
 * other Dockerfiles and ignore files, attributes, reverts, merges of branches that changed all of these.
 * @returns how often each act was taken
 */
export function growHistory(repository: TestRepository, seed: number, commits: number): ReadonlyMap<string, number> {
  const random = seededNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const taken = new Map<string, number>();
  const first = {
    ...Object.fromEntries(paths.map((path) => [path, "0"])),
    "made/kept": "0",
    link: { symlink: "src" },
    "tools/link": { symlink: "a" },
  };
  repository.commit({ Dockerfile: dockerfiles[seed % dockerfiles.length] ?? "", ...first });
  for (let at = 0; at < commits; at++) {
    const name = step(repository, pick, at, Object.keys(acts));
    taken.set(name, (taken.get(name) ?? 0) + 1);
  }
  return taken;
}

/** One commit. */
function step(repository: TestRepository, pick: Growing["pick"], at: number, names: readonly string[]): string {
  const name = pick(names);
  const present = repository
    .git("ls-files", "-z")
    .split("\0")
    .filter((path) => path !== "" && !/^(?:Dockerfile|\.)/.test(path));
  acts[name]?.({ repository, at, pick, present: present.length === 0 ? ["Dockerfile"] : present });
  repository.commit({}, name);
  return name;
}

/** Writes files, whatever was at their paths or in the way to them. */
function put(dir: string, files: Readonly<Record<string, FileSpec>>): void {
  for (const path of Object.keys(files)) clear(dir, path);
  writeFiles(dir, files);
}

/** Sees that nothing is at a path, and that the folder that it would be in is one. */
function clear(dir: string, path: string): void {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const one = join(dir, ...parts.slice(0, length));
    const found = lstatSync(one, { throwIfNoEntry: false });
    if (length === parts.length || (found !== undefined && !found.isDirectory())) rmSync(one, { recursive: true, force: true });
  }
  mkdirSync(dirname(join(dir, path)), { recursive: true });
}

/**
 * Files as a build step may have made them, alone in a folder: a file, a program or a link, some where the commit has one too.
 * @returns globs that name them
 */
export function makeGenerated(dir: string, random: () => number): readonly string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  rmSync(dir, { recursive: true, force: true });
  const path = pick(made);
  put(dir, { [path]: pick<FileSpec>([pick(texts), pick(texts), { content: pick(texts), executable: true }, { symlink: pick(targets) }]) });
  return [path];
}
