/** Lines around a change that are shown with it. */
const around = 3;
/** Files of more lines than this are shown as replaced: comparing costs the product of their lengths. */
const most = 3000;

/** What differs between two texts, by lines: ` same`, `-before`, `+after`, with `…` where the same is left out. */
export function diffLines(before: string, after: string): readonly string[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  const all = a.length > most || b.length > most ? [...a.map((line) => `-${line}`), ...b.map((line) => `+${line}`)] : compare(a, b);
  const near = (index: number): boolean => all.slice(Math.max(0, index - around), index + around + 1).some((line) => !line.startsWith(" "));
  return all.flatMap((line, index) => (near(index) ? [line] : near(index - 1) && index > 0 ? ["…"] : index === 0 ? ["…"] : []));
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** Longest common subsequence, from the end. */
function compare(a: readonly string[], b: readonly string[]): readonly string[] {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const below = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      common[i * width + j] = a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(below, right);
    }
  }
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(` ${a[i++]}`);
      j++;
    } else if (j >= b.length || (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)))
      out.push(`-${a[i++]}`);
    else out.push(`+${b[j++]}`);
  }
  return out;
}
