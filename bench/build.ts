/**
 * Measures whole publications, from a commit to a pushed image, beside BuildKit and buildah: cold, with nothing changed, with one small file
 * changed, and upon a base that is in the registry. Writes the table to RESULTS-build.md; fails only where a program fails.
 *
 * Usage: node bench/build.ts [--small]     (as root, with test/peers/install.sh done)
 */
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { aBuildkitd } from "../test/peers/support/buildkitd.ts";
import { compare, type Pair } from "./statistics.ts";
import { type Measured, measure } from "./support/measure.ts";
import { launcher, peer } from "./support/programs.ts";
import { distribution } from "./support/registries.ts";
import type { Row } from "./support/rows.ts";
import { table } from "./support/table.ts";

const small = process.argv.includes("--small");
const [files, mib, rounds] = small ? [200, 4, 2] : [10_000, 200, 5];
/** What takes a part of a second is disturbed more easily, and costs less to repeat. */
const quickRounds = small ? rounds : 3 * rounds;
const dir = mkdtempSync(join(tmpdir(), "waybill-bench-"));
const repo = join(dir, "repo");
const rows: Row[] = [];

/** One program's way from the commit that is checked out to a pushed image. */
type Publish = (to: string) => Promise<Measured>;

try {
  await using registry = await distribution(dir);
  await using buildkit = await aBuildkitd({ config: `[registry."${registry.host}"]\n  http = true\n` });
  const buildctl = (...argv: readonly string[]): readonly string[] => [peer("buildctl"), "--addr", buildkit.address, ...argv];
  const ours =
    (...more: readonly string[]): Publish =>
    (to) =>
      measure([...launcher, "publish", "--repo", repo, "--to", `${registry.host}/${to}`, ...more]);
  const pushing = (context: string, to: string): readonly string[] => [
    "build",
    "--frontend=dockerfile.v0",
    `--local=context=${context}`,
    `--local=dockerfile=${context}`,
    `--output=type=image,name=${registry.host}/${to},push=true`,
  ];
  const theirs: Publish = (to) => measure(buildctl(...pushing(repo, `${to}:bench`)));
  const buildah: Publish = async (to) => {
    const storage = [peer("buildah"), "--root", join(dir, "storage"), "--runroot", join(dir, "run"), "--storage-driver", "vfs"];
    const name = `${registry.host}/${to}:bench`;
    const built = await measure([...storage, "build", "--quiet", "--no-cache", "--tag", name, repo]);
    const pushed = await measure([...storage, "push", "--quiet", "--tls-verify=false", name]);
    rmSync(join(dir, "storage"), { recursive: true, force: true });
    return { ms: built.ms + pushed.ms, peakMiB: Math.max(built.peakMiB, pushed.peakMiB) };
  };

  makeRepository();
  await row("cold", "BuildKit", 1 / 3, ours("--no-reuse"), theirs, async () => void (await measure(buildctl("prune", "--all"))));
  await row("cold", "buildah", 1 / 3, ours("--no-reuse"), buildah, async () => {});
  // Both know the content from here on.
  await ours()("twin/ours");
  await theirs("twin/theirs");
  await row(
    "nothing changed but the commit",
    "BuildKit, all cached",
    1,
    ours(),
    theirs,
    async (round) => commit({ "README.md": `${round + 1}` }),
    { repository: "twin", times: quickRounds },
  );
  await row(
    "one small file changed, copied late",
    "BuildKit, rest cached",
    1,
    ours(),
    theirs,
    async (round) => commit({ "late.txt": `${round + 1}` }),
    { repository: "twin", times: quickRounds },
  );
  await measure(buildctl(...pushing(makeBase(), "base:1")));
  const lines = Array.from({ length: 16 }, (_, at) => `ENV LINE_${at}=${at}`);
  commit({ Dockerfile: [`FROM ${registry.host}/base:1`, ...lines, "COPY src/d0 /app", "COPY late.txt /", 'CMD ["/none"]', ""].join("\n") });
  // With the layers' mounting in it, which the bound leaves out.
  await row("20 lines on a base of 40 MiB", "BuildKit, base cached", { ms: 1000 }, ours("--no-reuse"), theirs, async () => {}, {
    times: quickRounds,
  });
} finally {
  rmSync(dir, { recursive: true, force: true });
}

const text = `# Publications measured beside other builders

On ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown processor"}. \`node bench/build.ts\` writes this file.
${files} files and ${mib} MiB, half of them random, half text, to distribution 3 on the same machine. Each row: ${rounds} pairs of runs in turns, of
what takes less than two seconds ${quickRounds}. Ours is all of
\`waybill publish\`: survey, build, push, checks, tags, record. Memory is ours, of all
processes together at its worst in any of the runs: pages that they share are counted for each, and so are those of files that git maps.

${table(rows)}
`;
if (small) process.stdout.write(text);
else writeFileSync(join(import.meta.dirname, "RESULTS-build.md"), text);

/** Measures one piece of work by both, in turns; what is prepared before each round is not measured. */
async function row(
  work: string,
  name: string,
  bound: Row["bound"],
  ours: Publish,
  theirs: Publish,
  prepare: (round: number) => Promise<void> | void,
  { repository, times = rounds }: { readonly repository?: string; readonly times?: number } = {},
): Promise<void> {
  const pairs: Pair[] = [];
  let peakMiB = 0;
  for (let round = 0; round < times; round++) {
    await prepare(round);
    const place = repository ?? `${work.replace(/[^a-z0-9]+/g, "-")}-${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${round}`;
    const one = await ours(`${place}/ours`);
    const two = await theirs(`${place}/theirs`);
    peakMiB = Math.max(peakMiB, one.peakMiB);
    pairs.push({ ours: one.ms, theirs: two.ms });
  }
  rows.push({ work, peer: name, bound: typeof bound === "number" ? Number(bound.toFixed(2)) : bound, comparison: compare(pairs), peakMiB });
  process.stderr.write(`${table(rows).split("\n").at(-1)}\n`);
}

function makeRepository(): void {
  mkdirSync(repo);
  git("init", "--quiet", "--initial-branch=main");
  for (let at = 0; at < files; at++) {
    const folder = join(repo, "src", `d${at % 100}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${at}.js`), `export const value${at} = ${at};\n`.repeat(20));
  }
  writeFileSync(join(repo, "random.bin"), randomFillSync(Buffer.alloc((mib / 2) << 20)));
  const words = randomFillSync(Buffer.alloc((mib / 4) << 20)).toString("hex");
  writeFileSync(join(repo, "text.txt"), words);
  const dockerfile = "FROM scratch\nCOPY random.bin text.txt /data/\nCOPY src /app\nCOPY late.txt /late.txt\n";
  commit({ Dockerfile: dockerfile, ".dockerignore": ".git\n", "late.txt": "0", "README.md": "0" });
}

/** A context whose image has four layers of random bytes. */
function makeBase(): string {
  const base = join(dir, "base");
  mkdirSync(base);
  const names = [0, 1, 2, 3].map((at) => `part-${at}`);
  for (const name of names) writeFileSync(join(base, name), randomFillSync(Buffer.alloc((small ? 1 : 10) << 20)));
  writeFileSync(join(base, "Dockerfile"), ["FROM scratch", ...names.map((name) => `COPY ${name} /base/`), ""].join("\n"));
  return base;
}

function commit(changed: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(changed)) writeFileSync(join(repo, path), content);
  git("add", "--all");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message", "bench");
}

function git(...argv: readonly string[]): void {
  execFileSync("git", argv, { cwd: repo, stdio: "ignore" });
}
