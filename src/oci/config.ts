import * as z from "zod/mini";
import { type Digest, isDigest } from "./digest.ts";
import { parseJson } from "./json.ts";
import type { Platform } from "./platform.ts";

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

const absent = <T extends z.core.$ZodType>(schema: T) => z.optional(z.union([schema, z.null()]));
const strings = absent(z.array(z.string()));
const map = absent(z.record(z.string(), z.looseObject({})));

const schema = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: absent(z.string()),
  "os.version": absent(z.string()),
  "os.features": strings,
  created: absent(z.string()),
  author: absent(z.string()),
  config: absent(
    z.looseObject({
      User: absent(z.string()),
      ExposedPorts: map,
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      Volumes: map,
      WorkingDir: absent(z.string()),
      Labels: absent(z.record(z.string(), z.string())),
      StopSignal: absent(z.string()),
      OnBuild: strings,
      Shell: strings,
      Healthcheck: absent(z.looseObject({})),
    }),
  ),
  rootfs: z.looseObject({
    type: z.literal("layers"),
    diff_ids: z.union([
      z.array(z.string().check(z.refine(isDigest, "not a digest"))),
      z.pipe(
        z.null(),
        z.transform((): string[] => []),
      ),
    ]),
  }),
  history: absent(
    z.array(
      z.looseObject({
        created: absent(z.string()),
        created_by: absent(z.string()),
        author: absent(z.string()),
        comment: absent(z.string()),
        empty_layer: absent(z.boolean()),
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
  return withoutNulls(parseJson(bytes, { what: "image config", limit: configLimit }).as(schema)) as ImageConfig;
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
