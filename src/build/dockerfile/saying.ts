import { splitLines } from "./lines.ts";

/**
 * The line of the instruction that says this, for programs which name a step by its text; undefined where none does, or several.
 * @param said white space folded; where it ends in `…`, only how the instruction begins
 */
export function lineSaying({ name, text }: { readonly name: string; readonly text: string }, said: string): number | undefined {
  const [, wanted = "", cut] = /^(.*?)(…)?$/s.exec(said) ?? [];
  const found = splitLines(name, text).lines.filter((line) => {
    const words = line.text.replace(/\s+/g, " ").trim();
    return cut === undefined ? words === wanted : words.startsWith(wanted);
  });
  return found.length === 1 ? found[0]?.line : undefined;
}
