import { compiled } from "./paths.ts";

/** Whether a path part of a COPY source is a pattern (Go's filepath.Match: `*`, `?`, `[…]`). */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text.replace(/\\./g, ""));
}

/**
 * A pattern of Go's filepath.Match for one name: `*` and `?` never match a slash, `[^…]` is a class that is not, a backslash keeps
 * the next character.
 * @returns undefined where the pattern is malformed
 */
export function namePattern(pattern: string): { test(name: string): boolean } | undefined {
  const test = compiled(pattern, false);
  return test && { test };
}
