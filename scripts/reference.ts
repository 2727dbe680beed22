/**
 * Writes docs/commands.md from the definitions of the commands, which the help is made from too.
 *
 * Usage: node scripts/reference.ts
 */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { referencePage } from "./reference/page.ts";

await writeFile(resolve(import.meta.dirname, "../docs/commands.md"), referencePage());
