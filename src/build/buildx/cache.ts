import { readdir } from "node:fs/promises";
import { quoteForeign } from "../../failure/index.ts";
import type { BuildCache } from "../engine.ts";
import { cacheFile, openCacheFolder } from "./cache-folder.ts";
import { csv } from "./csv.ts";

/** How a cache is handed to buildx; what a build has of it for itself is gone when the scope ends. */
export interface CacheWords extends AsyncDisposable {
  /** What is read; a cache that is not there yet is no failure. */
  readonly from: readonly string[];
  /** What is written. */
  readonly to: readonly string[];
  /** That the cache is left, and why. */
  readonly warning?: { readonly text: string; readonly hint: string } | undefined;
  /** Puts what was written in the old one's place; only where the export succeeded. */
  keep(): Promise<void>;
}

const nothing = async (): Promise<void> => {};
const none: CacheWords = { from: [], to: [], keep: nothing, [Symbol.asyncDispose]: nothing };

/**
 * A cache as buildx takes it. It is exported as an image manifest with OCI media types, which every registry takes and ECR asks
 * for (docs.docker.com, "Registry cache"), and an export that fails does not fail the build.
 */
export async function cacheWords(cache: BuildCache | undefined, env: Readonly<Record<string, string | undefined>>): Promise<CacheWords> {
  if (cache === undefined || cache.type === "none") return none;
  const mode = `mode=${cache.mode}`;
  if (cache.type === "registry") {
    const place = ["type=registry", `ref=${cache.ref}`];
    return { ...none, from: [from(place)], to: [to([...place, mode, "image-manifest=true", "oci-mediatypes=true"])] };
  }
  if (cache.type === "local") return await inFolder(cache.dir, mode);
  const missing = missingVariables(env);
  if (missing.length > 0) return { ...none, warning: noActions(missing) };
  const place = ["type=gha", ...(cache.scope === undefined ? [] : [`scope=${cache.scope}`])];
  return { ...none, from: [from(place)], to: [to([...place, mode])] };
}

const from = (fields: readonly string[]): string => `--cache-from=${csv(fields)}`;
const to = (fields: readonly string[]): string => `--cache-to=${csv([...fields, "ignore-error=true"])}`;

/** A folder is written anew beside the old one: BuildKit only ever adds to one, and a killed export must not spoil it. */
async function inFolder(dir: string, mode: string): Promise<CacheWords> {
  const found = await readdir(dir).catch((): string[] => []);
  const foreign = found.find((name) => !cacheFile.test(name));
  if (foreign !== undefined) {
    const text = `the build cache is left: ${dir} has ${quoteForeign(foreign, 100)} in it, so it is no cache folder`;
    return { ...none, warning: { text, hint: "Name a folder of its own with build.cache.dir: it is replaced at every build." } };
  }
  const { old, fresh, keep, drop } = await openCacheFolder(dir);
  return {
    from: old === undefined ? [] : [from(["type=local", `src=${old}`])],
    to: [to(["type=local", `dest=${fresh}`, mode, "oci-mediatypes=true", "image-manifest=true"])],
    keep,
    [Symbol.asyncDispose]: drop,
  };
}

/** What BuildKit needs to reach the cache of GitHub Actions, and a job's `run:` steps don't get by themselves. */
function missingVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const has = (name: string): boolean => Boolean(env[name]);
  return [
    ...(has("ACTIONS_RUNTIME_TOKEN") ? [] : ["ACTIONS_RUNTIME_TOKEN"]),
    ...(has("ACTIONS_RESULTS_URL") || has("ACTIONS_CACHE_URL") ? [] : ["ACTIONS_RESULTS_URL"]),
  ];
}

function noActions(missing: readonly string[]): NonNullable<CacheWords["warning"]> {
  return {
    text: `the build cache is left: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set, so GitHub's cache cannot be reached`,
    hint: "In a workflow, steps with run: do not get these variables: export them with a small action before, or take cache type registry.",
  };
}

/** What a driver says that can export no cache (Docker's own, before its containerd store), or not of this type. */
const noExport = /cache export (?:feature )?is (?:currently )?not supported|unknown cache exporter|could not find .* cache exporter/i;

/** Whether a build failed only because its cache could not be exported. */
export function exportRefused(texts: readonly string[]): boolean {
  return texts.some((text) => noExport.test(text));
}

/** That the cache was not written, and that this changes nothing else. */
export function exportFailed(why: string): {
  readonly kind: "message";
  readonly level: "warning";
  readonly text: string;
  readonly hint: string;
} {
  return {
    kind: "message",
    level: "warning",
    text: `the build cache was not written: ${quoteForeign(why)}`,
    hint: "The image is not affected. A cache needs a tag that may move, and somebody who may write it.",
  };
}
