import type * as z from "zod/mini";
import { nearest, quoteForeign } from "../../failure/index.ts";
import { dottedKeys, knownAt } from "./known.ts";
import type { Path } from "./yaml.ts";

/** One thing that is wrong in a file: where, what, and what to do. */
export interface Problem {
  readonly code: "CONFIG_INVALID" | "CONFIG_UNKNOWN_KEY";
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

/** What a schema's issue says to the person who wrote the file. */
export function problemsOf(issue: z.core.$ZodIssue, file: unknown): readonly Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], key));
  if (issue.code === "invalid_key") {
    const { key = "another key" } = knownAt(path.slice(0, -1));
    return [wrong(path.slice(0, -1), `the key "${shown(String(path.at(-1)))}" is not ${key}`, path)];
  }
  const found = valueAt(file, path);
  // A map that may also be a word: what is wrong within it says more.
  const within =
    issue.code === "invalid_union"
      ? issue.errors.find((issues) => issues.every((one) => one.path.length > 0 || one.code === "unrecognized_keys"))
      : undefined;
  if (within !== undefined && within.length > 0 && typeof found === "object") {
    return within.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }, file));
  }
  const { expected } = knownAt(path);
  return [wrong(path, found === undefined ? `expected ${expected}, and it is missing` : `expected ${expected}, found ${describe(found)}`)];
}

function unknownKey(path: Path, key: string): Problem {
  const { keys } = knownAt(path.slice(0, -1));
  const meant = meantBy(key, keys);
  const where = path.length > 1 ? ` in ${dotted(path.slice(0, -1))}` : "";
  return {
    code: "CONFIG_UNKNOWN_KEY",
    path,
    message: `there is no key "${shown(key)}"${where}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    hint: meant === undefined ? `Known here: ${keys.join(", ")}.` : `Write "${meant}", or remove the key.`,
  };
}

/** A key that is right and stands in the wrong place is as common as a slip of the finger. */
function meantBy(key: string, here: readonly string[]): string | undefined {
  const everywhere = new Map(
    // Reversed, so that of two places the one nearer to the top counts.
    dottedKeys()
      .toReversed()
      .map((name) => [name.split(".").at(-1) ?? name, name]),
  );
  const near = nearest(key, [...everywhere.keys()]);
  return everywhere.get(key) ?? nearest(key, here) ?? (near && everywhere.get(near));
}

function wrong(at: Path, why: string, path = at): Problem {
  const message = at.length === 0 ? why : `${dotted(at)}: ${why}`;
  return { code: "CONFIG_INVALID", path, message, hint: "The README lists every key with what it takes." };
}

/** A key's dotted name, as `--explain` has it too. */
function dotted(path: Path): string {
  return path.map((part) => shown(String(part))).join(".");
}

function shown(text: string): string {
  return quoteForeign(text, 80);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[part] : undefined),
    value,
  );
}

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return `"${shown(value)}"`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "number" ? `the number ${value}` : `the word ${value} without quotes`;
}
