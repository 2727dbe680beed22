/**
 * Measures the registry client and the embedded registry beside the peers, in turns, and writes the table to RESULTS.md.
 * It measures; it fails only where a program fails.
 *
 * Usage: node bench/run.ts [--small]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compare, type Pair } from "./statistics.ts";
import { makeLayout, type Shape } from "./support/layouts.ts";
import { measure } from "./support/measure.ts";
import { type LayoutImage, launcher, peer, peers, waybill } from "./support/programs.ts";
import { distribution, embedded } from "./support/registries.ts";
import { relayTo } from "./support/relay.ts";
import { type Effort, pulling, pushing, type Row, row } from "./support/rows.ts";
import { table } from "./support/table.ts";

const small = process.argv.includes("--small");
const [kib, mib, gib] = [1 << 10, 1 << 20, 1 << 30];
const shapes: Readonly<Record<string, Shape>> = small
  ? { "1 × 8 MiB": { layers: 1, bytes: 8 * mib }, "4 × 1 MiB": { layers: 4, bytes: mib } }
  : {
      "1 × 1 GiB": { layers: 1, bytes: gib },
      "20 × 50 MiB": { layers: 20, bytes: 50 * mib },
      "200 × 100 KiB": { layers: 200, bytes: 100 * kib },
      "1 × 6 GiB": { layers: 1, bytes: 6 * gib },
    };
/** How often a shape is measured; gigabytes agree with themselves sooner than kilobytes, and take minutes. */
const effortFor = ({ layers, bytes }: Shape): Effort => {
  if (small) return { trials: 1, pairs: 2, most: 3 };
  return layers * bytes > 2 * gib ? { trials: 1, pairs: 11, most: 14 } : { trials: 2, pairs: 11, most: 22 };
};

const dir = mkdtempSync(join(tmpdir(), "waybill-bench-"));
// A folder without waybill.yaml: nobody's settings are measured.
process.chdir(dir);
const rows: Row[] = [];
const add = (one: Row): void => {
  rows.push(one);
  process.stderr.write(`${table([one]).split("\n").at(-1)}\n`);
};

try {
  for (const [name, shape] of Object.entries(shapes)) {
    const home = join(dir, "shape");
    const effort = effortFor(shape);
    mkdirSync(home);
    const image = makeLayout(join(home, "layout"), shape);
    {
      await using registry = await distribution(home);
      add(await row(pushing(`push ${name}`, image, registry.host, 1.05), effort));
      const from = `${registry.host}/pull/one:bench`;
      await measure(waybill.push(image, from));
      add(await row(pulling(`pull ${name}`, from, home, 1.05), effort));
      if (rows.length === 2) {
        add(await again(image, from));
        add(await mounting(from, registry.host));
      }
    }
    add(await serving(name, home, image, effort));
    rmSync(home, { recursive: true });
  }
} finally {
  process.chdir(import.meta.dirname);
  rmSync(dir, { recursive: true, force: true });
}

const versions = [
  `waybill ${said([...launcher, "--version"])}, Node ${process.versions.node}`,
  ...["crane version", "regctl version --format {{.VCSTag}}", "oras version", "skopeo --version", "registry --version"].map((line) => {
    const [program = "", ...argv] = line.split(" ");
    return `${program}: ${said([peer(program), ...argv])}`;
  }),
];
const text = `# Measured beside the peers

On ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown processor"}. \`make bench\` writes this file.
Each row: pairs of runs in turns, ours and the fastest peer's; a pair counts where the peer is within 10 % of its own median. The ratio is
the median of the pairs', with its 95 % interval; a row is reached where the interval includes the bound or lies below it.

${table(rows)}

${versions.map((version) => `- ${version}`).join("\n")}
`;
if (small) process.stdout.write(text);
else writeFileSync(join(import.meta.dirname, "RESULTS.md"), text);

/** Pushing what is there already, beside an empty script on the same Node. */
async function again(image: LayoutImage, to: string): Promise<Row> {
  const empty = join(dir, "empty.mjs");
  writeFileSync(empty, "");
  const pairs: Pair[] = [];
  let peakMiB = 0;
  await measure(waybill.push(image, to));
  for (let count = 0; count < (small ? 3 : 25); count++) {
    const ours = await measure(waybill.push(image, to));
    const theirs = await measure([process.execPath, empty]);
    peakMiB = Math.max(peakMiB, ours.peakMiB);
    pairs.push({ ours: ours.ms, theirs: theirs.ms });
  }
  return { work: "push again, nothing new", peer: "an empty script", bound: 2, comparison: compare(pairs), peakMiB };
}

/** Copying between two repositories of one registry, from the first connection to the end of the program: start-up aside. */
async function mounting(from: string, host: string): Promise<Row> {
  await using relay = await relayTo(host);
  const source = from.replace(host, relay.host);
  const pairs: Pair[] = [];
  let peakMiB = 0;
  const timed = async (argv: readonly string[]): Promise<number> => {
    const before = performance.now();
    const { ms, peakMiB: peak } = await measure(argv);
    if (argv[0] === launcher[0]) peakMiB = Math.max(peakMiB, peak);
    return ms - (relay.first() - before);
  };
  for (let count = 0; count < (small ? 3 : 25); count++) {
    const ours = await timed([...launcher, "copy", source, `${relay.host}/mount/ours-${count}:bench`]);
    const theirs = await timed([peer("crane"), "copy", "--insecure", source, `${relay.host}/mount/theirs-${count}:bench`]);
    pairs.push({ ours, theirs });
  }
  return { work: "copy between repositories (mount)", peer: "crane", bound: 1.2, comparison: compare(pairs), peakMiB };
}

/** The same pushes by regctl, taken by the embedded registry and by distribution. */
async function serving(name: string, home: string, image: LayoutImage, effort: Effort): Promise<Row> {
  const regctl = peers.find((tool) => tool.name === "regctl");
  if (regctl === undefined) throw new Error("regctl is no peer");
  await using ours = await embedded(home);
  await using theirs = await distribution(home);
  const pairs: Pair[] = [];
  for (let count = 0; count < effort.most && (count < effort.pairs || compare(pairs).pairs < effort.pairs); count++) {
    const one = await measure(regctl.push(image, `${ours.host}/serve/${count}:bench`));
    // Ours keeps a copy for each repository; distribution has kept one for all of them.
    rmSync(join(home, "embedded/serve"), { recursive: true });
    const two = await measure(regctl.push(image, `${theirs.host}/serve/${count}:bench`));
    pairs.push({ ours: one.ms, theirs: two.ms });
  }
  return { work: `serve regctl's push of ${name}`, peer: "distribution", bound: 1.1, comparison: compare(pairs), peakMiB: ours.peakMiB() };
}

/** What a program says of its version, in one line. */
function said(argv: readonly string[]): string {
  const [program = "", ...rest] = argv;
  const line = execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  // Some name the path that they were started by.
  return (line.split("\n")[0] ?? "").replace(/\/\S+\/(?=\w+ )/g, "").slice(0, 80);
}
