import { type Digest, isDigest } from "./digest.ts";
import { parseJson } from "./json.ts";
import type { Platform } from "./platform.ts";
import { absent, exactly, fieldsAndMore, flag, list, map, type Shape, text, textThat } from "./shape.ts";

/** The most bytes that waybill reads of an image config. */
export const configLimit: number = 8 * 1024 * 1024;

/** How the container runs (OCI image-spec, "config" of the image configuration; Docker's extensions beside it). */
export interface RuntimeConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Readonly<Record<string, unknown>>;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
  readonly [unknown: string]: unknown;
}

/** One entry of an image's history. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** An image's configuration (OCI image-spec, "OCI Image Configuration"); fields that waybill does not know are kept. */
export interface ImageConfig extends Platform {
  readonly created?: string;
  readonly author?: string;
  readonly config?: RuntimeConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
  readonly [unknown: string]: unknown;
}

const strings = absent(list(text()));
const objects = absent(map(fieldsAndMore({})));
const diffIds = list(textThat(isDigest, "not a digest"));
// Required, unlike the others; null is an image without layers.
const diffIdsOrNull: Shape<readonly Digest[]> = (value, path) => (value === null ? [] : diffIds(value, path));

const imageConfig = fieldsAndMore({
  os: text(),
  architecture: text(),
  variant: absent(text()),
  "os.version": absent(text()),
  "os.features": strings,
  created: absent(text()),
  author: absent(text()),
  config: absent(
    fieldsAndMore({
      User: absent(text()),
      ExposedPorts: objects,
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      Volumes: objects,
      WorkingDir: absent(text()),
      Labels: absent(map(text())),
      StopSignal: absent(text()),
      OnBuild: strings,
      Shell: strings,
      Healthcheck: absent(fieldsAndMore({})),
    }),
  ),
  rootfs: fieldsAndMore({ type: exactly("layers"), diff_ids: diffIdsOrNull }),
  history: absent(
    list(
      fieldsAndMore({
        created: absent(text()),
        created_by: absent(text()),
        author: absent(text()),
        comment: absent(text()),
        empty_layer: absent(flag),
      }),
    ),
  ),
});

/**
 * Parses an image config that came from outside. Fields are checked where waybill reads them; others are kept
 * as they are; null, which Go programs write for nil, is dropped.
 * @throws Failure IMAGE_INVALID
 */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  return withoutNulls(parseJson(bytes, { what: "image config", limit: configLimit }).as(imageConfig)) as ImageConfig;
}

/** The bytes of an image config: compact JSON, fields in the order in which they stand. */
export function encodeConfig(config: ImageConfig): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(config));
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, name === "config" ? withoutNulls(field) : field]),
  );
}
