// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import { gzipSync } from "node:zlib";
import { rawTar } from "../../support/base-image.ts";
import type { ContextFile, ContextFiles } from "../../support/context.ts";
import { seededNumbers } from "../../support/seeded.ts";
import type { AssembleCase } from "./assemble-cases.ts";

/** What chooses; the same seed chooses the same. */
export interface Choice {
  /** A whole number below another. */
  below(limit: number): number;
  /** Whether something happens, by its probability. */
  maybe(probability: number): boolean;
  of<T>(choices: readonly T[]): T;
}

/** Choices that a number decides. */
export function choiceOf(seed: number): Choice {
  const next = seededNumbers(seed);
  // Numbers of neighbouring seeds begin alike.
  for (let at = 0; at < 10; at++) next();
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    maybe: (probability) => next() < probability,
    of: (choices) => choices[below(choices.length)] as (typeof choices)[number],
  };
}

const names = ["a", "b", "c.txt", "dir", "e.md", "sub", "x.txt", "deep", "A", "long name", "ü"];
const plain = names.filter((name) => !name.includes(" "));

/** A build that is made up: a small context with links, modes and an ignore file, and a Dockerfile without RUN. */
export async function generatedCase(seed: number): Promise<AssembleCase> {
  const choose = choiceOf(seed);
  const files = await someFiles(choose);
  return {
    name: `made up from ${seed}`,
    files,
    dockerfile: someDockerfile(choose, Object.keys(files)),
    ...(choose.maybe(0.35) ? { ignore: someIgnore(choose, Object.keys(files)) } : {}),
    ...(choose.maybe(0.3) ? { args: { GIVEN: choose.of(plain), TAG: "1" } } : {}),
  };
}

async function someFiles(choose: Choice): Promise<ContextFiles> {
  const files: Record<string, ContextFile> = { "kept.txt": "kept", "a.txt": "for the base's trigger" };
  const dirs = [""];
  for (let left = 4 + choose.below(9); left > 0; left--) {
    const dir = choose.of(dirs);
    const path = dir + choose.of(names);
    if (
      Object.keys(files).some(
        (one) => one === path || one.startsWith(`${path}/`) || (path.startsWith(`${one}/`) && !dirs.includes(`${one}/`)),
      )
    )
      continue;
    const kind = choose.below(10);
    if (kind < 3) {
      files[path] = { directory: true, mode: choose.of([0o755, 0o755, 0o700, 0o750, 0o1777]) };
      dirs.push(`${path}/`);
    } else if (kind < 5)
      files[path] = {
        link: choose.of(["a", "dir", "../a", "sub/..", "/dir", "/kept.txt", "nowhere", ".", "../../..", path.split("/").at(-1) ?? ""]),
      };
    else if (kind === 5 && choose.maybe(0.5)) files[path] = await someArchive(choose);
    else files[path] = { content: `${path} ${choose.below(3)}`, mode: choose.of([0o644, 0o644, 0o755, 0o600, 0o4755]) };
  }
  return files;
}

async function someArchive(choose: Choice): Promise<Uint8Array> {
  const tar = await rawTar([
    { name: "in/", type: "directory", mode: choose.of([0o755, 0o711]), uid: 3, gid: 4 },
    { name: "in/file", content: "archived", mode: 0o640, uid: 5, gid: 6 },
    { name: choose.of(names), content: "clashing" },
    { name: "in/link", type: "symlink", linkname: "file" },
    { name: "in/twin", type: "link", linkname: "in/file", mode: 0o640, uid: 5, gid: 6 },
    { name: "other twin", type: "link", linkname: "in/file", mode: 0o640, uid: 5, gid: 6 },
  ]);
  return choose.maybe(0.5) ? gzipSync(tar) : tar;
}

function someIgnore(choose: Choice, paths: readonly string[]): string {
  const line = (): string => {
    const path = choose.of(paths);
    const [first = ""] = path.split("/");
    return choose.of([
      path,
      `/${path}`,
      `${first}/`,
      "*.txt",
      "**/*.md",
      `**/${path.split("/").at(-1)}`,
      `${first}/**`,
      "*/*",
      "?",
      "[a-c]*",
      "# nothing",
      "dir*",
      `${path.slice(0, 2)}*`,
      "**",
    ]);
  };
  const lines: string[] = [];
  for (let left = 1 + choose.below(4); left > 0; left--) lines.push((choose.maybe(0.35) ? "!" : "") + line());
  return `${lines.join("\n")}\n!kept.txt\n!a.txt\n`;
}

function someDockerfile(choose: Choice, paths: readonly string[]): string {
  const lines = choose.maybe(0.3) ? [`ARG GIVEN=${choose.of(plain)}`] : [];
  const stages: string[] = [];
  for (let left = 1 + choose.below(3); left > 0; left--) {
    const name = `stage${stages.length}`;
    lines.push(`FROM ${choose.of(["scratch", "base", "base", "bare", ...stages])} AS ${name}`);
    for (let more = 1 + choose.below(6); more > 0; more--) lines.push(instruction(choose, paths, stages));
    stages.push(name);
  }
  return `${lines.join("\n")}\nCOPY kept.txt /kept-to-the-end\n`;
}

const values = [
  "1",
  '"two words"',
  "'$HOME'",
  "$A",
  "${A:-x}-${B:+y}",
  "${PATH%:*}",
  "${A#a}",
  "${A/a/b}",
  "x\\ y",
  "$GIVEN",
  "${TARGETARCH}",
  "",
];

function instruction(choose: Choice, paths: readonly string[], stages: readonly string[]): string {
  const kind = choose.below(24);
  if (kind < 13) return copy(choose, paths, stages);
  const variable = choose.of(["A", "B", "GIVEN", "TARGETARCH", "PATH"]);
  const others = [
    `WORKDIR ${choose.of(["/w", "rel", "/bin", "/a/b", "..", "/abs", "$A", "/srv/"])}`,
    `WORKDIR ${choose.of(["/new/deep", "/home/app/x", "sub"])}`,
    `ENV ${variable}=${choose.of(values)} C=${choose.of(values)}`,
    `ENV ${variable} ${choose.of(["old  form", "$A b", "'q' r"])}`,
    `ARG ${variable}=${choose.of(values)}`,
    `ARG ${variable}`,
    `LABEL l=${choose.of(values)} "m n"=${choose.of(values)}`,
    `USER ${choose.of(["app", "app:staff", "1000", "1000:50", "root", "other"])}`,
    `EXPOSE ${choose.of(["80", "53/udp", "8000-8002", "80 443/TCP"])}`,
    choose.of(['CMD ["x", "$A"]', "CMD echo $A", 'ENTRYPOINT ["e"]', "ENTRYPOINT exec e", "CMD []", "STOPSIGNAL 9", "STOPSIGNAL usr1"]),
    choose.of([
      'SHELL ["/bin/bash", "-c"]',
      "VOLUME /v $A/v",
      'VOLUME ["/v w"]',
      "HEALTHCHECK --interval=2s --retries=0 CMD ok",
      "HEALTHCHECK NONE",
    ]),
    `ONBUILD ${choose.of([copy(choose, paths, []), "ENV TRIGGERED=$A", "WORKDIR /triggered"])}`,
  ];
  return choose.of(others);
}

function copy(choose: Choice, paths: readonly string[], stages: readonly string[]): string {
  const from = choose.maybe(0.25) ? choose.of(["base", ...stages]) : undefined;
  const keyword = from === undefined && choose.maybe(0.25) ? "ADD" : "COPY";
  const parents = keyword === "COPY" && choose.maybe(0.2);
  const link = choose.maybe(0.12);
  const flags = [
    ...(from === undefined ? [] : [`--from=${from}`]),
    ...(parents ? ["--parents"] : []),
    ...(link ? ["--link"] : []),
    ...(choose.maybe(0.2) ? [`--chown=${choose.of(["1000:1001", "5", "7:8", "0:0"])}`] : []),
    ...(choose.maybe(0.2) ? [`--chmod=${choose.of(["640", "0755", "u+x,go-r", "a=rX", "g=u", "o-rwx", "+t", "u+s", "700"])}`] : []),
    ...(choose.maybe(0.15) ? [`--exclude=${choose.of(["*.txt", "**/*.md", "sub", "dir/sub", "**/a", "!**/b"])}`] : []),
  ];
  const known =
    from === undefined
      ? paths
      : from === "base"
        ? ["etc/passwd", "usr/bin", "bin/tool", "srv", "var/away", "abs", "home", "sticky"]
        : [".", ".", "*", "x*", "[a-s]*", "rel*"];
  const sources = [source(choose, known, parents)];
  while (choose.maybe(0.25)) sources.push(source(choose, known, parents));
  const destination = choose.of([
    "/",
    "/x",
    "/x/",
    "/x/",
    ".",
    "./",
    "rel",
    "rel/",
    "/x/y/z",
    "/x/y/z/",
    "/bin/",
    "/abs",
    "/srv",
    "/home/app/",
    "/d",
    "/dir/",
    "$A/",
    "/x/.",
  ]);
  const words = [...sources, sources.length > 1 && !/[/.]$/.test(destination) ? `${destination}/` : destination];
  const body = words.some((word) => word.includes(" ")) ? JSON.stringify(words) : words.join(" ");
  if (choose.maybe(0.05) && from === undefined && !words.some((word) => word.includes(" ")))
    return `COPY ${flags.filter((flag) => !flag.startsWith("--parents")).join(" ")} ${choose.of(["<<EOF", '<<"EOF"', "<<-EOF"])} ${words.at(-1)}\n\tline $A \\$A \\n\n 'q' "\${B:-x}"\nEOF`;
  return [keyword, ...flags, body].join(" ");
}

function source(choose: Choice, paths: readonly string[], parents: boolean): string {
  const path = choose.of(paths);
  const parts = path.split("/");
  const last = parts.at(-1) ?? "";
  const folder = parts.slice(0, -1).join("/");
  const inFolder = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
  const shapes = [
    path,
    path,
    path,
    `${path}/`,
    `./${path}`,
    `/${path}`,
    parts[0] ?? path,
    inFolder("*"),
    inFolder(`${last.slice(0, 1)}*`),
    inFolder(`?${last.slice(1)}`),
    inFolder("[a-d]*"),
    [...parts.slice(0, -1).map(() => "*"), last].join("/"),
    "*.txt",
    "**/*.txt",
    ".",
    "*",
    "$GIVEN",
    ...(parents ? [`./${parts[0]}/./${parts.slice(1).join("/") || "*"}`, `${folder || "."}/./${last}`, "**/*.md", `${parts[0]}/**`] : []),
  ];
  return choose.maybe(0.02) ? "missing" : choose.of(shapes);
}
