/**
 * Makes dist/: the bundle of the command, the library with its types, and the licences of what is bundled.
 * It is made beside the old one and then put in its place, so that a command that runs meanwhile never meets half of it.
 *
 * Usage: node scripts/build.ts [--out DIR]
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleCommand, bundleLibrary } from "./build/bundle.ts";
import { licences } from "./build/licences.ts";
import { emitTypes } from "./build/types.ts";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist") } } });
const out = resolve(values.out);
const fresh = `${out}.new-${process.pid}`;

try {
  await mkdir(fresh, { recursive: true });
  const [inputs] = await Promise.all([bundleCommand(root, fresh), bundleLibrary(root, fresh), emitTypes(root, join(fresh, "types"))]);
  await writeFile(join(fresh, "THIRD-PARTY-LICENSES.txt"), await licences(root, inputs));
  await rm(out, { recursive: true, force: true });
  await rename(fresh, out);
} finally {
  await rm(fresh, { recursive: true, force: true });
}
