/**
 * What a release tag means, as outputs of a workflow's step: its version, whether that is a prerelease, and npm's name for it.
 * Ends with 2 where the tag is not the version that package.json has.
 *
 * Usage: node scripts/release.ts TAG
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isPrerelease } from "../src/publish/index.ts";

const tag = process.argv[2] ?? "";
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../package.json"), "utf8"));
if (tag !== `v${version}`) {
  console.error(`::error title=RELEASE_TAG::the tag is "${tag}", and package.json has version ${version}`);
  process.exit(2);
}
const prerelease = isPrerelease(tag);
console.log(`version=${version}\nprerelease=${prerelease}\nchannel=${prerelease ? "next" : "latest"}`);
