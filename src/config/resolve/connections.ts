import { isAbsolute, join } from "node:path";
import { type Overrides, type Sourced, stated } from "../environment.ts";
import type { ReadFile } from "../file/read.ts";
import type { EndpointSettings, Settings } from "../settings.ts";
import type { Origins } from "./layers.ts";

/** What says how registries are reached. */
export interface ConnectionSources {
  readonly file: ReadFile | undefined;
  /** The folder that paths in the file are relative to. */
  readonly root: string | undefined;
  /** Flags, then environment: the first that says anything wins. */
  readonly overrides: readonly Overrides[];
}

/** How registries are reached; every value is noted with its origin. */
export function resolveConnections(sources: ConnectionSources, origins: Origins = {}): Pick<Settings, "endpoints" | "caFile"> {
  return { endpoints: endpointsOf(sources, origins), caFile: caFileOf(sources, origins) };
}

function endpointsOf({ file, overrides }: ConnectionSources, origins: Origins): Readonly<Record<string, EndpointSettings>> {
  const filed: Sourced<Readonly<Record<string, string>>>[] = Object.entries(file?.settings.endpoints ?? {}).map(([host, url]) => ({
    value: { [host]: url },
    origin: { kind: "file", name: file?.place(["endpoints", host]) ?? "" },
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

function caFileOf({ file, root, overrides }: ConnectionSources, origins: Origins): string | undefined {
  const given = stated(overrides, "caFile");
  const path = file?.settings.caFile;
  const filed: Sourced | undefined =
    path === undefined || file === undefined
      ? undefined
      : {
          value: root === undefined || isAbsolute(path) ? path : join(root, path),
          origin: { kind: "file", name: file.place(["caFile"]) },
        };
  const chosen = given ?? filed;
  if (chosen !== undefined) origins["caFile"] = chosen;
  return chosen?.value;
}
