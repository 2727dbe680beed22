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
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "\\") {
      at += 1;
      if (at >= pattern.length) return undefined;
      source += quote(pattern[at] ?? "");
    } else if (char === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end === -1) return undefined;
      const body = pattern.slice(at + 1, end);
      const negated = body.startsWith("^");
      source += `[${negated ? "^" : ""}${(negated ? body.slice(1) : body).replace(/[\\\]^[]/g, "\\$&")}]`;
      at = end;
    } else source += quote(char);
  }
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return undefined;
  }
}

function quote(char: string): string {
  return char.replace(/[\\^$.|?*+()[\]{}/]/g, "\\$&");
}
