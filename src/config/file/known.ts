import type * as z from "zod/mini";
import { settingsFile } from "./schema.ts";
import { described } from "./words.ts";
import type { Path } from "./yaml.ts";

/** What the schema says of a place in the file. */
export interface Known {
  /** What is expected there, in words. */
  readonly expected: string;
  /** The keys that a map there may have; empty where any may stand. */
  readonly keys: readonly string[];
  /** What is expected of the keys of a map with keys of one's own. */
  readonly key?: string | undefined;
}

/** What is known of a place; of the nearest place around it where the schema has none there. */
export function knownAt(path: Path): Known {
  let schema: z.core.$ZodType = settingsFile;
  let expected = expectedOf(schema) ?? "";
  for (const part of path) {
    const below = child(schema, part);
    if (below === undefined) break;
    schema = below;
    expected = expectedOf(schema) ?? expected;
  }
  return { expected, keys: Object.keys(shapeOf(schema) ?? {}), key: keyOf(schema) };
}

/** Every key below the schema's root, dotted, with `[]` after a list's; maps with keys of one's own end there. */
export function dottedKeys(schema: z.core.$ZodType = settingsFile, before = ""): readonly string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([key, below]) => {
    const { def } = (inner(below) as z.core.$ZodTypes)._zod;
    const nested = def.type === "array" ? dottedKeys(def.element, `${before}${key}[].`) : dottedKeys(below, `${before}${key}.`);
    return [`${before}${key}`, ...nested];
  });
}

/** What is behind `optional`, and of a union its map. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional") return inner(def.innerType);
  if (def.type === "union") return def.options.find((option) => shapeOf(option) !== undefined) ?? schema;
  return schema;
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = (inner(schema) as z.core.$ZodTypes)._zod;
  return def.type === "object" ? def.shape : undefined;
}

function child(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const { def } = (inner(schema) as z.core.$ZodTypes)._zod;
  if (def.type === "object") return Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
  if (def.type === "array") return def.element;
  return def.type === "record" ? def.valueType : undefined;
}

function keyOf(schema: z.core.$ZodType): string | undefined {
  const { def } = (inner(schema) as z.core.$ZodTypes)._zod;
  return def.type === "record" ? expectedOf(def.keyType) : undefined;
}

function expectedOf(schema: z.core.$ZodType): string | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return described.get(schema)?.expected ?? (def.type === "optional" ? expectedOf(def.innerType) : undefined);
}
