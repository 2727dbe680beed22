import type { HistoryEntry, ImageConfig, RuntimeConfig } from "../../oci/index.ts";

/** Docker's fields of a container, which say nothing of an image (moby, container.Config); buildah puts a random host name there. */
const ofContainers: readonly string[] = [
  "Hostname",
  "Domainname",
  "AttachStdin",
  "AttachStdout",
  "AttachStderr",
  "Tty",
  "OpenStdin",
  "StdinOnce",
  "Image",
];

/**
 * The config of what buildah built, without what is of the build and not of the image: ids of containers and of images in between,
 * and fields that are empty. The same build gives the same config.
 */
export function contentConfig(config: ImageConfig): ImageConfig {
  const { container: _, container_config: __, parent: ___, ...rest } = config;
  return {
    ...rest,
    ...(config.config === undefined ? {} : { config: runtimeOf(config.config) }),
    ...(config.history === undefined ? {} : { history: config.history.map(entryOf) }),
  };
}

function runtimeOf(runtime: RuntimeConfig): RuntimeConfig {
  return Object.fromEntries(Object.entries(runtime).filter(([name, value]) => !ofContainers.includes(name) && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === false || value === null;
}

/** Buildah notes the image that a step began with, by an id that depends on the container's. */
function entryOf(entry: HistoryEntry): HistoryEntry {
  const { comment, ...rest } = entry;
  return comment === undefined || /^FROM \S+$/.test(comment) ? rest : entry;
}
