import { quoteForeign } from "../failure/index.ts";

/** Markdown that was made here. Text from outside gets into it only through {@link md}, {@link code} and {@link fence}. */
export interface Markdown {
  readonly markdown: string;
}

/** The most characters of one text; what is longer is in the log. */
const limit = 1000;

/**
 * Markdown of a template. A string that is put in is text from outside and is shown as it is: it does not become Markdown, HTML, a link, a
 * mention or a formula, ends no cell of a table, and begins no block. Markdown that is put in stays Markdown.
 */
export function md(parts: TemplateStringsArray, ...values: readonly (string | number | Markdown)[]): Markdown {
  const shown = values.map((value) => (typeof value === "object" ? value.markdown : escaped(foreign(String(value)))));
  return { markdown: parts.map((part, index) => part + (shown[index] ?? "")).join("") };
}

/** Pieces one behind the other. */
export function joined(pieces: readonly Markdown[], between = " "): Markdown {
  return { markdown: pieces.map(({ markdown }) => markdown).join(between) };
}

/** Where a line may be broken; no text from outside has this character. */
const gap = "\0";

/** Text in code font. Where a cell is narrow, names break behind a slash, and digests and commits in their middle; a copy shows nothing of it. */
export function code(text: string): Markdown {
  const broken = foreign(text)
    .replace(/[0-9a-f]{40}(?:[0-9a-f]{24})?(?![0-9a-f])/g, (hex) => `${hex.slice(0, hex.length / 2)}${gap}${hex.slice(hex.length / 2)}`)
    .replace(/(?:[/@]|:(?=[0-9a-f]{20}))(?=.)/g, `$&${gap}`);
  return { markdown: `<code>${broken.split(gap).map(escaped).join("<wbr>")}</code>` };
}

/** Lines as a block of code. */
export function fence(lines: readonly string[], language = ""): readonly string[] {
  const shown = lines.map(foreign);
  const longest = Math.max(2, ...shown.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const mark = "`".repeat(longest + 1);
  return [`${mark}${language}`, ...shown, mark];
}

/** A row of a table. */
export function row(cells: readonly Markdown[]): string {
  return `| ${cells.map(({ markdown }) => markdown).join(" | ")} |`;
}

/**
 * The two lines that a table begins with.
 * @param numbers which columns hold numbers
 */
export function tableHead(names: readonly string[], numbers: readonly string[] = []): readonly string[] {
  return [row(names.map((name) => md`${name}`)), `|${names.map((name) => (numbers.includes(name) ? "--:" : ":--")).join("|")}|`];
}

/** Text on one line, without credentials and control characters. */
function foreign(text: string): string {
  return quoteForeign(text, limit).toWellFormed();
}

/**
 * Characters that mean nothing to GitHub stay, all others become entities. Entities are characters again when GitHub looks for names to
 * mention, so an at sign is followed by one of no width; a dollar sign alone is what GitHub's documentation shows ("Writing mathematical expressions").
 */
function escaped(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,;()'%/:?+=\p{Pd}…·×→]|:(?=\/)|^[-+=]|(?<=^\d{1,9})[.)](?= |$)/gu, entity)
    .replace(/&#64;/g, "$&&#8203;")
    .replace(/&#36;/g, "<span>$&</span>")
    .replace(/w(?=ww\b)/gi, entity);
}

function entity(char: string): string {
  return `&#${char.codePointAt(0)};`;
}
