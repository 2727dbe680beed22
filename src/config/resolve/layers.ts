import { redactText } from "../../failure/index.ts";
import type { Sourced } from "../environment.ts";
import type { ImageLayer } from "../file/schema.ts";
import type { Path } from "../file/yaml.ts";
import type { Origin, Settings } from "../settings.ts";

/** A part of the file that says something about an image: the file itself, or the image's entry under `images`. */
export interface Layer {
  readonly settings: ImageLayer;
  /** Where the layer begins in the file. */
  readonly path: Path;
}

/** Asks layers, the most special first, and notes where each value came from. */
export interface Chooser {
  /** The first value that is there, noted under the key; the last candidate is the default. */
  choose<T>(key: string, candidates: readonly (Sourced<T> | undefined)[], fallback: T): T;
  optional<T>(key: string, candidates: readonly (Sourced<T> | undefined)[]): T | undefined;
  /** What the file says: in its most special layer that says anything. */
  file<T>(path: Path, get: (layer: ImageLayer) => T | undefined): Sourced<T> | undefined;
  /** Maps of all layers in one; of two that have the same key, the more special one counts. */
  merged<T>(path: Path, get: (layer: ImageLayer) => Readonly<Record<string, T>> | undefined): ReadonlyMap<string, Sourced<T>>;
  /** The same, asking only the most special layer that says anything of this. */
  within(get: (layer: ImageLayer) => unknown): Chooser;
  note(key: string, value: unknown, origin: Origin): void;
}

/** Notes of where values came from, by dotted key. */
export type Origins = Record<string, Settings["origins"][string]>;

/**
 * @param place a path's place in the file
 * @param prefix what stands before each noted key
 */
export function chooser(layers: readonly Layer[], place: (path: Path) => string, prefix: string, origins: Origins): Chooser {
  const note: Chooser["note"] = (key, value, origin) => {
    origins[`${prefix}${key}`] = { value: shown(value), origin };
  };
  const at = (layer: Layer, path: Path): Origin => ({ kind: "file", name: place([...layer.path, ...path]) });
  const optional: Chooser["optional"] = (key, candidates) => {
    const chosen = candidates.find((candidate) => candidate !== undefined);
    if (chosen === undefined) return undefined;
    note(key, chosen.value, chosen.origin);
    return chosen.value;
  };
  return {
    note,
    optional,
    within: (get) => {
      const layer = layers.find(({ settings }) => get(settings) !== undefined);
      return chooser(layer === undefined ? [] : [layer], place, prefix, origins);
    },
    choose: (key, candidates, fallback) =>
      optional(key, [...candidates, { value: fallback, origin: { kind: "default", name: "default" } }]) ?? fallback,
    file: (path, get) => {
      for (const layer of layers) {
        const value = get(layer.settings);
        if (value !== undefined) return { value, origin: at(layer, path) };
      }
      return undefined;
    },
    merged: (path, get) =>
      new Map(
        layers
          .toReversed()
          .flatMap((layer) =>
            Object.entries(get(layer.settings) ?? {}).map(([key, value]) => [key, { value, origin: at(layer, [...path, key]) }] as const),
          ),
      ),
  };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : redactText(value.join(", "));
  return redactText(String(value));
}
