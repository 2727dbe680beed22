import { Failure } from "../../failure/index.ts";
import type { ContextEntry } from "../engine.ts";
import { cleanPath, pathPatterns } from "./paths.ts";

/**
 * Whether a path is left out, by the lines of a .dockerignore. Paths are relative, without a slash at either end.
 * @throws Failure CONTEXT_INVALID for a line that is no pattern
 */
export function ignored(text: string): (path: string) => boolean {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const written = lines.flatMap((line, index) => {
    const trimmed = line.trim();
    return line.startsWith("#") || trimmed === "" ? [] : [{ pattern: rooted(trimmed), number: index + 1 }];
  });
  for (const { pattern, number } of written) checked(pattern, number);
  const patterns = pathPatterns(written.map(({ pattern }) => pattern));
  return (path) => patterns.matches(path);
}

/** A line as a pattern: from the context's root, whether or not it begins with a slash. */
function rooted(line: string): string {
  const negated = line.startsWith("!");
  const rest = negated ? line.slice(1).trim() : line;
  const cleaned = rest === "" ? "" : cleanPath(rest).replace(/^\/(?=.)/, "");
  return negated ? `!${cleaned}` : cleaned;
}

/** Says which line it is, where one is no pattern. */
function checked(pattern: string, line: number): void {
  try {
    pathPatterns([pattern]);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { message, hint } = thrown;
    throw new Failure("CONTEXT_INVALID", `.dockerignore:${line}: ${message}`, { cause: thrown, ...(hint === undefined ? {} : { hint }) });
  }
}

/** What was left of a context last: planning, key and build ask the same. */
const last = new WeakMap<readonly ContextEntry[], { readonly text: string; readonly kept: readonly ContextEntry[] }>();

/** A context's entries without what its .dockerignore leaves out; a directory stays where something in it does. */
export function withoutIgnored(entries: readonly ContextEntry[], text: string | undefined): readonly ContextEntry[] {
  if (text === undefined || text.trim() === "") return entries;
  const known = last.get(entries);
  if (known?.text === text) return known.kept;
  const kept = keptOf(entries, text);
  last.set(entries, { text, kept });
  return kept;
}

function keptOf(entries: readonly ContextEntry[], text: string): readonly ContextEntry[] {
  const leftOut = ignored(text);
  const inside = entries.filter(({ path }) => !leftOut(path));
  if (inside.length === entries.length) return entries;
  const kept = new Set<string>();
  for (const { path } of inside) {
    // Upwards as far as it is new: where a directory is kept, those above it are.
    for (let end = path.length; end !== -1; end = path.lastIndexOf("/", end - 1)) {
      const one = path.slice(0, end);
      if (kept.has(one)) break;
      kept.add(one);
    }
  }
  return entries.filter(({ path }) => kept.has(path));
}
