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

/** A context's entries without what its .dockerignore leaves out; a directory stays where something in it does. */
export function withoutIgnored(entries: readonly ContextEntry[], text: string | undefined): readonly ContextEntry[] {
  if (text === undefined || text.trim() === "") return entries;
  const leftOut = ignored(text);
  const kept = entries.filter((entry) => !leftOut(entry.path));
  const needed = new Set(
    kept.flatMap(({ path }) => {
      const parts = path.split("/");
      return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
    }),
  );
  const paths = new Set(kept.map(({ path }) => path));
  return entries.filter(({ path }) => paths.has(path) || needed.has(path));
}
