/**
 * Makes action/: what GitHub runs when a workflow uses this repository as an action, with the licences of what is bundled.
 * It is checked in, because GitHub installs and builds nothing; `test/scripts/action.test.ts` holds it to the sources.
 *
 * Usage: node scripts/action.ts [--out DIR]
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleAction } from "./build/bundle.ts";
import { licences } from "./build/licences.ts";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "action") } } });
const out = resolve(values.out);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await writeFile(join(out, "THIRD-PARTY-LICENSES.txt"), await licences(root, await bundleAction(root, out)));
