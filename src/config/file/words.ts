import * as z from "zod/mini";
import type { Kind } from "../values.ts";

/** What is said of each part of the file: in the JSON Schema, and after "expected" in errors. */
export const described = z.registry<{ readonly description: string; readonly expected?: string }>();

type Schema = z.core.$ZodType;

/** A part of the file, with what is said of it. */
export function about<T extends Schema>(schema: T, description: string, expected?: string): T {
  described.add(schema, { description, ...(expected === undefined ? {} : { expected }) });
  return schema;
}

/** Text of a kind, in its normal form. */
export function leaf(kind: Kind, description?: string) {
  const parsed = z.pipe(
    z.string(),
    z.transform((value, context) => {
      const normal = kind.parse(value);
      if (normal === undefined) context.issues.push({ code: "custom", input: value, message: "not of its kind" });
      return normal ?? value;
    }),
  );
  described.add(parsed, { description: description ?? kind.expected, expected: kind.expected });
  return parsed;
}

/** A map whose keys are of a kind. */
export const map = <T extends Schema>(key: Kind, value: T, description: string) => about(z.record(leaf(key), value), description, "a map");
/** A list. */
export const list = <T extends Schema>(item: T, description: string) => about(z.array(item), description, "a list");
/** A key that may be left out. */
export const maybe = z.optional;
