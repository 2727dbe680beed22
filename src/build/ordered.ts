import type { ContextEntry } from "./engine.ts";

/** Entries sorted by path in code unit order, in which all below a directory stand together. */
export function inOrder(entries: readonly ContextEntry[]): readonly ContextEntry[] {
  const broken = entries.some(({ path }, at) => at > 0 && (entries[at - 1]?.path ?? "") >= path);
  return broken ? entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)) : entries;
}

/** The entry at a path. */
export function entryAt(sorted: readonly ContextEntry[], path: string): ContextEntry | undefined {
  return sorted[numberOf(sorted, path)];
}

/** The number of the entry at a path; -1 where there is none. */
export function numberOf(sorted: readonly ContextEntry[], path: string): number {
  const at = firstFrom(sorted, path);
  return sorted[at]?.path === path ? at : -1;
}

/** The number of the first entry whose path is not before this one. */
export function firstFrom(sorted: readonly ContextEntry[], path: string): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.path ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the entries below a directory stand, and how many characters of their paths lead to it. */
export function rangeOf(
  sorted: readonly ContextEntry[],
  dir: string,
): { readonly start: number; readonly end: number; readonly skip: number } {
  if (dir === "") return { start: 0, end: sorted.length, skip: 0 };
  // `0` is what comes after `/`.
  return { start: firstFrom(sorted, `${dir}/`), end: firstFrom(sorted, `${dir}0`), skip: dir.length + 1 };
}

/** The names of what stands in a directory, in code unit order; what is below them is passed over. */
export function namesIn(sorted: readonly ContextEntry[], dir: string): readonly string[] {
  const { start, end, skip } = rangeOf(sorted, dir);
  const names: string[] = [];
  for (let at = start; at < end; ) {
    const path = sorted[at]?.path ?? "";
    const slash = path.indexOf("/", skip);
    if (slash === -1) {
      names.push(path.slice(skip));
      at += 1;
    } else at = firstFrom(sorted, `${path.slice(0, slash)}0`);
  }
  return names;
}
