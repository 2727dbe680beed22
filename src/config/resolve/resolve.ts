import { Failure } from "../../failure/index.ts";
import { isRepository } from "../../oci/index.ts";
import { type Environment, type Sourced, stated } from "../environment.ts";
import type { Path } from "../file/yaml.ts";
import type { DestinationSettings, ImageSettings, Settings } from "../settings.ts";
import type { AutoRegistry } from "./auto.ts";
import { resolveBuild } from "./build.ts";
import { resolveSmoke } from "./checks.ts";
import { type ConnectionSources, resolveConnections } from "./connections.ts";
import { type DestinationSources, resolveDestinations } from "./destinations.ts";
import { chosen, type Entry, entriesOf } from "./entries.ts";
import { type Chooser, chooser, type Origins } from "./layers.ts";
import { refuseCacheTags, refuseForSeveral, refuseSharedTags } from "./refuse.ts";
import { resolveRun } from "./run.ts";
import { resolveTags } from "./tags.ts";

/** Everything that settings are made of. */
export interface Sources extends ConnectionSources {
  readonly env: Environment;
  /** Names of the images that are asked for; all unless given. */
  readonly only: readonly string[] | undefined;
  /** Whether an image may do without a destination. */
  readonly placeless: boolean;
  readonly registry: () => Sourced | undefined;
  readonly auto: AutoRegistry;
}

/**
 * Puts the settings together.
 * @throws Failure CONFIG_MISSING, CONFIG_INVALID
 */
export async function resolveSettings(sources: Sources): Promise<Settings> {
  const { file, overrides } = sources;
  const origins: Origins = {};
  const place = (path: Path) => file?.place(path) ?? "the command line";
  const entries = chosen(entriesOf(file?.settings ?? {}, place), sources.only);
  if (entries.length > 1) refuseForSeveral(overrides);
  const images: ImageSettings[] = [];
  for (const entry of entries) images.push(await resolveImage(entry, entries.length > 1, sources, place, origins));
  const places = entries.map(({ path }) => place(path));
  refuseSharedTags(images, places);
  refuseCacheTags(images, places);
  return { images, ...resolveConnections(sources, origins), ...resolveRun(sources, origins), origins };
}

async function resolveImage(
  entry: Entry,
  several: boolean,
  sources: Sources,
  place: (path: Path) => string,
  origins: Origins,
): Promise<ImageSettings> {
  const { overrides } = sources;
  const from = chooser(entry.layers, place, entry.name === undefined ? "" : `images.${entry.name}.`, origins);
  const image = [
    ...(several ? [] : overrides.map((layer) => layer.image)),
    from.file(["image"], (layer) => layer.image),
    entry.name === undefined || !isRepository(entry.name)
      ? undefined
      : ({ value: entry.name, origin: { kind: "file", name: place([...entry.path, "name"]) } } as const),
  ].find((one) => one !== undefined);
  const destinations = await destinationsOf(from, sources.placeless, {
    to: stated(overrides, "to"),
    only: stated(overrides, "registry"),
    region: stated(overrides, "region"),
    image,
    registry: sources.registry,
    auto: sources.auto,
    place: (index) => place([...entry.path, "destinations", index]),
  });
  const build = resolveBuild(from, overrides);
  return {
    name: entry.name ?? image?.value ?? destinations[0]?.repository ?? "",
    destinations,
    build,
    smoke: resolveSmoke(from, overrides),
    ...resolveTags(from, overrides, build.platform),
    source: from.optional("source", [from.file(["source"], (layer) => layer.source)]),
  };
}

async function destinationsOf(from: Chooser, placeless: boolean, sources: DestinationSources): Promise<readonly DestinationSettings[]> {
  try {
    return await resolveDestinations(from, sources);
  } catch (thrown) {
    if (placeless && thrown instanceof Failure && thrown.code === "CONFIG_MISSING") return [];
    throw thrown;
  }
}
