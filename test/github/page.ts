import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type MarkedToken, marked, type Token } from "marked";
import { type Block, writeSummary } from "../../src/github/index.ts";

/** A page as it gets into the file of the step's summary. */
export function pageOf(blocks: readonly Block[], written = 0): string {
  let text = "";
  const append = (_: string, more: string): void => {
    text += more;
  };
  writeSummary(blocks, { env: { GITHUB_STEP_SUMMARY: "summary" }, append, size: () => written });
  return text;
}

/** Holds a page against the one that is kept in test/github/pages; `UPDATE_PAGES=1` writes it anew, to be looked at. */
export function assertPage(name: string, text: string): void {
  const path = join(import.meta.dirname, "pages", `${name}.md`);
  if (process.env["UPDATE_PAGES"] === "1") writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"));
}

/** All that a page consists of for a reader of GitHub's Markdown, outermost first: kinds of parts, tags, targets of links; never text. */
export function shapeOf(text: string): readonly string[] {
  const shape: string[] = [];
  marked.walkTokens(marked.lexer(text, { gfm: true }), (token) => {
    shape.push(...named(token as MarkedToken));
  });
  return shape;
}

function named(token: MarkedToken | Token): readonly string[] {
  const known = token as MarkedToken;
  switch (known.type) {
    // Text is cut up by how it is written, and breaks of long names depend on it too.
    case "text":
    case "escape":
    case "space":
      return [];
    case "html":
      return /^<\/?(?:wbr|span)>$/.test(known.raw) ? [] : [`html ${known.raw}`];
    case "link":
    case "image":
      return [`${known.type} ${known.href}`];
    case "table":
      return [`table ${known.header.length} × ${known.rows.length}`];
    case "code":
      return [`code ${known.lang ?? ""} ${known.raw.trimEnd().split("\n").length}`];
    case "heading":
      return [`heading ${known.depth}`];
    default:
      return [known.type];
  }
}

/** A page without its blocks of code, in which GitHub looks for nothing. */
export function proseOf(page: string): string {
  return page.replace(/^(`{3,})(?:sh)?\n.*?^\1$/gms, "");
}

const bad = [
  "<img src=x onerror=alert(1)>",
  "</details><script>",
  "| x | y |",
  "\n\n# head\n",
  "[a](https://evil.example)",
  "![a](https://evil.example/p.png)",
  "https://evil.example/",
  "www.evil.example",
  "a@evil.example",
  "@team/everyone",
  "`code`",
  "``` \n```sh",
  "**b** _i_ ~~s~~",
  "- item",
  "1. item",
  "$x^2$",
  "$`x`$",
  "&lt;b&gt;&#60;b&#62;",
  "\\|\\",
  "[^1]",
  "[!WARNING]",
  ":tada:",
  "\u0007\u001b[31m\u202e\ud800",
  "::error::x",
  "<!-- ",
  "--- | ---",
  "    code",
];

/** Text that would be something else than text if it could. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...bad), fc.string({ unit: "binary", maxLength: 12 }), fc.string({ maxLength: 12 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(""));
