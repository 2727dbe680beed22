/**
 * Writes schema/waybill.schema.json, which editors check waybill.yaml against, from the schema that the program itself
 * parses the file with.
 *
 * Usage: node scripts/schema.ts
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { schemaText } from "./schema/text.ts";

const folder = resolve(import.meta.dirname, "..", "schema");
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "waybill.schema.json"), schemaText());
