import type { Overrides, Sourced } from "../environment.ts";
import type { ImageLayer } from "../file/schema.ts";
import type { BuildSettings } from "../settings.ts";
import { durationMs } from "../values.ts";
import type { Chooser } from "./layers.ts";

/** 1980-01-01: the earliest time that zip files hold too, so that no tool stumbles over it. */
const defaultEpoch = 315_532_800;

/** How an image is built: flags, then environment, then file, then what is usual. */
export function resolveBuild(from: Chooser, layers: readonly Overrides[]): BuildSettings {
  const given = <T>(get: (layer: Overrides) => Sourced<T> | undefined) => layers.map(get);
  const context = from.choose(
    "build.context",
    [...given((layer) => layer.context), from.file(["build", "context"], ({ build }) => build?.context)],
    ".",
  );
  const files = [...given((layer) => layer.file), from.file(["build", "file"], ({ build }) => build?.file)];
  return {
    context,
    file: from.choose("build.file", files, context === "." ? "Dockerfile" : `${context}/Dockerfile`),
    fileFrom: files.find((one) => one !== undefined)?.origin.name,
    target: from.optional("build.target", [from.file(["build", "target"], ({ build }) => build?.target)]),
    platform: from.choose(
      "build.platform",
      [...given((layer) => layer.platform), from.file(["build", "platform"], ({ build }) => build?.platform)],
      "linux/amd64",
    ),
    engine: from.choose(
      "build.engine",
      [...given((layer) => layer.engine), from.file<string>(["build", "engine"], ({ build }) => build?.engine)],
      "auto",
    ),
    args: texts(from, ["build", "args"], ({ build }) => build?.args),
    contexts: texts(from, ["build", "contexts"], ({ build }) => build?.contexts),
    stamp: {
      env: texts(from, ["build", "stamp", "env"], ({ build }) => build?.stamp?.env),
      labels: texts(from, ["build", "stamp", "labels"], ({ build }) => build?.stamp?.labels),
    },
    generated: from.choose("build.generated", [from.file(["build", "generated"], ({ build }) => build?.generated)], []),
    epoch: from.choose("build.epoch", [from.file(["build", "epoch"], ({ build }) => build?.epoch)], defaultEpoch),
    builder: from.optional("build.builder", [from.file(["build", "builder"], ({ build }) => build?.builder)]),
    secrets: secrets(from),
    ssh: from.choose("build.ssh", [from.file(["build", "ssh"], ({ build }) => build?.ssh)], []),
    cache: cache(from),
    reuse: reuse(from, layers),
    compression: from.choose<"gzip" | "zstd">(
      "build.compression",
      [from.file(["build", "compression"], ({ build }) => build?.compression)],
      "gzip",
    ),
  };
}

function secrets(from: Chooser): BuildSettings["secrets"] {
  const merged = [...from.merged(["build", "secrets"], ({ build }) => build?.secrets)];
  for (const [id, { value, origin }] of merged) {
    from.note(`build.secrets.${id}`, value.env === undefined ? `the file ${value.file}` : `the variable ${value.env}`, origin);
  }
  return Object.fromEntries(merged.map(([id, { value }]) => [id, value]));
}

function cache(from: Chooser): BuildSettings["cache"] {
  const whole = from.within(({ build }) => build?.cache);
  const part = <T>(key: string, get: (cache: NonNullable<NonNullable<ImageLayer["build"]>["cache"]>) => T | undefined) =>
    whole.file(["build", "cache", key], ({ build }) => build?.cache && get(build.cache));
  const type = whole.choose("build.cache.type", [part("type", (one) => one.type)], "none");
  const common = {
    mode: whole.optional("build.cache.mode", [part("mode", (one) => one.mode)]) ?? ("max" as const),
    timeoutMs: durationMs(whole.optional("build.cache.timeout", [part("timeout", (one) => one.timeout)]) ?? "5m"),
  };
  const ref = whole.optional("build.cache.ref", [part("ref", (one) => one.ref)]) ?? "";
  const dir = whole.optional("build.cache.dir", [part("dir", (one) => one.dir)]) ?? "";
  const scope = whole.optional("build.cache.scope", [part("scope", (one) => one.scope)]);
  if (type === "registry") return { ...common, type, ref };
  if (type === "local") return { ...common, type, dir };
  return type === "gha" ? { ...common, type, scope } : { ...common, type: "none" };
}

/** 7 days: as long as a layer cache is usually trusted to hold packages that still get their security updates. */
const usualMaxAge = "7d";

function reuse(from: Chooser, layers: readonly Overrides[]): BuildSettings["reuse"] {
  const said = from.file(["build", "reuse"], ({ build }) => build?.reuse);
  const map = said === undefined || said.value === false ? undefined : said.value;
  const enabled = from.choose(
    "build.reuse",
    [...layers.map((layer) => layer.reuse), said && { value: said.value !== false, origin: said.origin }],
    true,
  );
  const within = <T>(value: T | undefined) => (value === undefined || said === undefined ? undefined : { value, origin: said.origin });
  return {
    enabled,
    depth: from.choose("build.reuse.depth", [within(map?.depth)], 50),
    maxAgeMs: durationMs(from.choose("build.reuse.maxAge", [within(map?.maxAge)], usualMaxAge)),
  };
}

function texts(from: Chooser, path: readonly string[], get: Parameters<typeof from.merged<string>>[1]): Readonly<Record<string, string>> {
  const merged = [...from.merged(path, get)];
  for (const [name, { value, origin }] of merged) from.note(`${path.join(".")}.${name}`, value, origin);
  return Object.fromEntries(merged.map(([name, { value }]) => [name, value]));
}
