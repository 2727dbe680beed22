import pc from "picocolors";
import { Failure } from "../../failure/index.ts";
import type { Change } from "../../scaffold/index.ts";

const words: Readonly<Record<Change["kind"], string>> = {
  new: "new",
  same: "as it is to be already",
  renewed: "renewed",
  overwritten: "to be overwritten",
};

/** The changes, each with its difference; of new files that only where all is to be shown. */
export function describe(changes: readonly Change[], { all, color }: { readonly all: boolean; readonly color: boolean }): string {
  const { bold, red, green, dim } = pc.createColors(color);
  const paint = (line: string): string => (line.startsWith("+") ? green(line) : line.startsWith("-") ? red(line) : dim(line));
  return changes
    .flatMap(({ path, kind, diff }) => [
      `${bold(path)}: ${words[kind]}${kind === "new" ? `, ${diff.length} lines` : ""}`,
      ...(kind === "same" || (kind === "new" && !all) ? [] : diff.map(paint)),
    ])
    .join("\n");
}

/** Why nothing was written: files that others wrote, and nobody to ask. */
export function refusal(changes: readonly Change[]): Failure {
  const paths = changes.map(({ path }) => path).join(", ");
  return new Failure("USAGE", `${paths}: written or changed by somebody else, so nothing was written`, {
    hint: "The difference is shown above. --force overwrites it; at a terminal, init asks.",
  });
}

/** What was written, and what is left to do. */
export function section(written: readonly Change[], steps: readonly string[]): string {
  const done = written.length === 0 ? "Nothing had to be written." : `Wrote ${written.map(({ path }) => path).join(", ")}.`;
  const numbered = steps.map((step, at) => `${at + 1}. ${step.replaceAll("\n", "\n   ")}`);
  return ["", done, "", "What is left to do:", ...numbered].join("\n");
}
