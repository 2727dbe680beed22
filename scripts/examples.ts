/** Writes the programs of the examples: `node scripts/examples.ts`. A test looks that what is committed is what this writes. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { elfProgram } from "../test/support/elf.ts";

const root = join(import.meta.dirname, "..");

/** What each example's program is for, and says. */
export const programs = {
  "examples/hello/hello": elfProgram("amd64", "Hello from an image that waybill published.\n"),
  "examples/wrong-architecture/hello": elfProgram("arm64", "Hello from the wrong architecture.\n"),
} as const;

if (import.meta.main) {
  for (const [path, program] of Object.entries(programs)) {
    writeFileSync(join(root, path), program);
    chmodSync(join(root, path), 0o755);
  }
}
