/** Names that make looks for, in its order (GNU make, "What Name to Give Your Makefile"). */
export const makefileNames = ["GNUmakefile", "makefile", "Makefile"] as const;

/** A makefile as it is, and what stands in it. */
export interface Makefile {
  readonly path: string;
  /** Empty where there is none yet. */
  readonly text: string;
  /** Targets that it defines itself, outside of init's block. */
  readonly own: ReadonlySet<string>;
}

const begin = "# >>> waybill: written by `waybill init`, which renews what stands between these two lines";
const end = "# <<< waybill";
/** By its beginning only, so that the explanation may change. */
const block = /^# >>> waybill\b[^\n]*\n[\s\S]*?^# <<< waybill[^\n]*(?:\n|$)/m;

/** Looks at a makefile. Of variables, those that it sets to plain words are followed; includes are not. */
export function makefileOf(found: { readonly path: string; readonly text: string } | undefined): Makefile {
  const { path, text } = found ?? { path: "Makefile", text: "" };
  const plain = text.replaceAll("\r\n", "\n").replace(block, "").replaceAll("\\\n", " ");
  const variables = new Map<string, string>();
  for (const [, name = "", how, words = ""] of plain.matchAll(assignment)) {
    variables.set(name, how === "+" ? `${variables.get(name) ?? ""} ${words}` : words);
  }
  const own = new Set<string>();
  for (const [, names = ""] of plain.matchAll(/^([^\s#:=][^#:=\n]*?)\s*::?(?![:=])/gm)) {
    const words = names.replace(/\$[({]([\w.-]+)[)}]/g, (_, name: string) => variables.get(name) ?? "");
    for (const name of words.split(/\s+/)) if (name !== "") own.add(name);
  }
  return { path, text, own };
}

/** `name := words`, of words without another variable. */
const assignment = /^([\w.-]+)[ \t]*(:{1,3}|\?|\+)?=[ \t]*([^$#\n]*)$/gm;

/** The makefile with the lines in init's block: in place of those that were there, else at its end. */
export function withBlock({ text }: Makefile, lines: readonly string[]): string {
  const ours = [begin, ...lines, end].join("\n");
  if (text === "") return `${ownHelp}\n${ours}\n`;
  const plain = text.replaceAll("\r\n", "\n");
  const next = block.test(plain) ? plain.replace(block, () => `${ours}\n`) : `${plain}${plain.endsWith("\n") ? "" : "\n"}\n${ours}\n`;
  // As the file has them: make takes both.
  return text.includes("\r\n") ? next.replaceAll("\n", "\r\n") : next;
}

/** In a makefile of its own, `make` alone must not publish. */
const ownHelp = [
  ".PHONY: help",
  "help: ## list the targets",
  "\t@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf \"  %-18s %s\\n\", $$1, $$2 }' $(MAKEFILE_LIST)",
  "",
].join("\n");
