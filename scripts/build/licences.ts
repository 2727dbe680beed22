import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packagesOf } from "./bundle.ts";

/**
 * The notice that goes with the bundle: each package in it with its version and the text of its licence.
 * @param inputs the files that were bundled, relative to the root
 */
export async function licences(root: string, inputs: readonly string[]): Promise<string> {
  const notices = await Promise.all(packagesOf(root, inputs).map(notice));
  return `waybill's bundle contains the packages below, each under its own licence.\n\n${[...new Set(notices)].join("\n")}`;
}

async function notice(folder: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const { name, version, license } = manifest as { name?: string; version?: string; license?: string };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), "utf8")).trim()));
  const line = "=".repeat(80);
  return `${line}\n${name} ${version} (${license ?? "no licence named"})\n${line}\n${texts.join("\n\n")}\n`;
}
