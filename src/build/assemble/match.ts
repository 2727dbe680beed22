/** Whether a path part of a COPY source is a pattern (Go's filepath.Match: `*`, `?`, `[…]`). */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text.replace(/\\./g, ""));
}

/**
 * A pattern of Go's filepath.Match for one name, as a regular expression: `*` and `?` never match a slash, `[^…]` is a class
 * that is not, a backslash keeps the next character.
 * @returns undefined where the pattern is malformed
 */
export function namePattern(pattern: string): RegExp | undefined {
  const parts = [""];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    let source: string;
    if (char === "*") {
      parts.push("");
      continue;
    }
    if (char === "?") source = "[^/]";
    else if (char === "\\") {
      at += 1;
      if (at >= pattern.length) return undefined;
      source = quote(pattern[at] ?? "");
    } else if (char === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end === -1) return undefined;
      const body = pattern.slice(at + 1, end);
      const negated = body.startsWith("^");
      source = `[${negated ? "^" : ""}${(negated ? body.slice(1) : body).replace(/[\\\]^[]/g, "\\$&")}]`;
      at = end;
    } else source = quote(char);
    parts[parts.length - 1] += source;
  }
  try {
    return new RegExp(`^${joined(parts)}$`, "su");
  } catch {
    return undefined;
  }
}

/**
 * Parts between stars as one expression. Each part but the last is taken where it first stands, and never looked for again: that
 * finds every match there is, and a name that does not match cannot be tried in endless ways.
 */
function joined(parts: readonly string[]): string {
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return first;
  const middle = others.map((part, index) => `(?=([^/]*?${part}))\\${index + 1}`);
  return `${first}${middle.join("")}[^/]*${last}`;
}

function quote(char: string): string {
  return char.replace(/[\\^$.|?*+()[\]{}/]/g, "\\$&");
}
