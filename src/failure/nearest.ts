/**
 * The known word that was most likely meant, or undefined where none is near: at most a third of the word's
 * letters, and at least two, may differ. Neighbouring letters that changed places count as one.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Comparing costs the product of the lengths, and no known word is long.
  if (word.length > 64) return undefined;
  const allowed = Math.max(2, Math.floor(word.length / 3));
  const ranked = known
    .map((one) => ({ one, distance: distance(word.toLowerCase(), one.toLowerCase()) }))
    .filter((one) => one.distance <= Math.min(allowed, one.one.length - 1))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.one;
}

/** Edit distance with transpositions (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(at(row, j - 1) + 1, at(last, j) + 1, at(last, j - 1) + same, swapped ? at(before, j - 2) + 1 : Infinity);
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
