import { isRepository } from "../../oci/index.ts";
import type { Overrides, Sourced } from "../environment.ts";
import type { ReadFile } from "../file/read.ts";
import type { Path } from "../file/yaml.ts";
import type { EndpointSettings, ImageSettings, Settings } from "../settings.ts";
import { resolveBuild } from "./build.ts";
import { resolveDestinations } from "./destinations.ts";
import { chosen, type Entry, entriesOf } from "./entries.ts";
import { chooser, type Origins } from "./layers.ts";
import { refuseForSeveral, refuseSharedTags } from "./refuse.ts";
import { resolveTags } from "./tags.ts";

/** Everything that settings are made of. */
export interface Sources {
  /** Names of the images that are asked for; all unless given. */
  readonly only: readonly string[] | undefined;
  readonly file: ReadFile | undefined;
  /** Flags, then environment: the first that says anything wins. */
  readonly overrides: readonly Overrides[];
  readonly registry: () => Sourced | undefined;
}

/**
 * Puts the settings together.
 * @throws Failure CONFIG_MISSING, CONFIG_INVALID
 */
export function resolveSettings(sources: Sources): Settings {
  const { file, overrides } = sources;
  const origins: Origins = {};
  const place = (path: Path) => file?.place(path) ?? "the command line";
  const entries = chosen(entriesOf(file?.settings ?? {}, place), sources.only);
  if (entries.length > 1) refuseForSeveral(overrides);
  const images = entries.map((entry) => resolveImage(entry, entries.length > 1, sources, place, origins));
  refuseSharedTags(
    images,
    entries.map(({ path }) => place(path)),
  );

  return { images, endpoints: endpointsOf(sources, place, origins), caFile: caFileOf(sources, place, origins), origins };
}

function resolveImage(entry: Entry, several: boolean, sources: Sources, place: (path: Path) => string, origins: Origins): ImageSettings {
  const { overrides } = sources;
  const from = chooser(entry.layers, place, entry.name === undefined ? "" : `images.${entry.name}.`, origins);
  const image = [
    ...(several ? [] : overrides.map((layer) => layer.image)),
    from.file(["image"], (layer) => layer.image),
    entry.name === undefined || !isRepository(entry.name)
      ? undefined
      : ({ value: entry.name, origin: { kind: "file", name: place([...entry.path, "name"]) } } as const),
  ].find((one) => one !== undefined);
  const destinations = resolveDestinations(from, {
    to: overrides.map((layer) => layer.to).find((to) => to !== undefined),
    image,
    registry: sources.registry,
    place: (index) => place([...entry.path, "destinations", index]),
  });
  return {
    name: entry.name ?? image?.value ?? destinations[0]?.repository ?? "",
    destinations,
    build: resolveBuild(from, overrides),
    ...resolveTags(from, overrides),
    source: from.optional("source", [from.file(["source"], (layer) => layer.source)]),
  };
}

function endpointsOf(
  { file, overrides }: Sources,
  place: (path: Path) => string,
  origins: Origins,
): Readonly<Record<string, EndpointSettings>> {
  const filed: Sourced<Readonly<Record<string, string>>>[] = Object.entries(file?.settings.endpoints ?? {}).map(([host, url]) => ({
    value: { [host]: url },
    origin: { kind: "file", name: place(["endpoints", host]) },
  }));
  const given = overrides.flatMap(({ endpoints }) => (endpoints === undefined ? [] : [endpoints]));
  const found = new Map<string, EndpointSettings>();
  for (const { value, origin } of [...filed, ...given]) {
    for (const [host, url] of Object.entries(value)) {
      found.set(host, { url });
      origins[`endpoints.${host}`] = { value: url, origin };
    }
  }
  return Object.fromEntries(found);
}

function caFileOf({ file, overrides }: Sources, place: (path: Path) => string, origins: Origins): string | undefined {
  const value = file?.settings.caFile;
  const given = overrides.map((layer) => layer.caFile);
  const filed: Sourced | undefined = value === undefined ? undefined : { value, origin: { kind: "file", name: place(["caFile"]) } };
  return chooser([], place, "", origins).optional("caFile", [...given, filed]);
}
