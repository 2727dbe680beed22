import type { Overrides, Sourced } from "../environment.ts";
import type { BuildSettings } from "../settings.ts";
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
  return {
    context,
    file: from.choose(
      "build.file",
      [...given((layer) => layer.file), from.file(["build", "file"], ({ build }) => build?.file)],
      context === "." ? "Dockerfile" : `${context}/Dockerfile`,
    ),
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
  };
}

function texts(from: Chooser, path: readonly string[], get: Parameters<typeof from.merged<string>>[1]): Readonly<Record<string, string>> {
  const merged = [...from.merged(path, get)];
  for (const [name, { value, origin }] of merged) from.note(`${path.join(".")}.${name}`, value, origin);
  return Object.fromEntries(merged.map(([name, { value }]) => [name, value]));
}
