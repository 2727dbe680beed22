import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MarkedToken, marked, type Token } from "marked";

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
