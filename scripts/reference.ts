/**
 * Writes docs/commands.md and the man page from the definitions of the commands, which the help is made from too.
 *
 * Usage: node scripts/reference.ts
 */
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { manPage } from "./reference/man.ts";
import { referencePage } from "./reference/page.ts";

const root = resolve(import.meta.dirname, "..");
await writeFile(resolve(root, "docs/commands.md"), referencePage());
await mkdir(resolve(root, "man"), { recursive: true });
await writeFile(resolve(root, "man/waybill.1"), manPage(root));
