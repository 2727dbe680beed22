/** Values of variables; undefined where one is not set. */
export type Variables = (name: string) => string | undefined;

/** Thrown for what cannot be expanded; whoever knows the line makes a Failure of it. */
export class ExpansionError extends Error {}

/**
 * Expands one word as a Dockerfile's instructions do (Dockerfile reference, "Environment replacement"): `$name`, `${name}`,
 * `${name:-word}`, `:+`, `:?`, the same without colon, `#`, `##`, `%`, `%%` and `/`, `//`. Quotes are removed, what stands in
 * single quotes is left as it is, and the escape character keeps the next one.
 * @throws ExpansionError
 */
export function expand(word: string, variables: Variables, escapeChar = "\\"): string {
  const [value, end] = scan(word, 0, undefined, { variables, escapeChar, depth: 0 });
  if (end < word.length) throw new ExpansionError(`unexpected ${JSON.stringify(word[end])}`);
  return value;
}

interface Scan {
  readonly variables: Variables;
  readonly escapeChar: string;
  readonly depth: number;
}

const depthLimit = 20;

/** Reads up to a closing character that stands outside quotes, or to the end. Gives the value and where it stopped. */
function scan(text: string, from: number, until: string | undefined, at: Scan): readonly [string, number] {
  let value = "";
  let index = from;
  while (index < text.length) {
    const char = text[index] ?? "";
    if (char === until) return [value, index];
    if (char === "'") {
      const end = text.indexOf("'", index + 1);
      if (end === -1) throw new ExpansionError("a single quote is not closed");
      value += text.slice(index + 1, end);
      index = end + 1;
    } else if (char === '"') {
      const [inner, end] = doubleQuoted(text, index + 1, at);
      value += inner;
      index = end + 1;
    } else if (char === "$") {
      const [inner, end] = variable(text, index, at);
      value += inner;
      index = end;
    } else if (char === at.escapeChar) {
      // At the end of a word the escape character stands for itself.
      value += text[index + 1] ?? char;
      index += 2;
    } else {
      value += char;
      index += 1;
    }
  }
  if (until !== undefined) throw new ExpansionError(`${until} is missing`);
  return [value, Math.min(index, text.length)];
}

function doubleQuoted(text: string, from: number, at: Scan): readonly [string, number] {
  let value = "";
  let index = from;
  while (index < text.length) {
    const char = text[index] ?? "";
    if (char === '"') return [value, index];
    if (char === "$") {
      const [inner, end] = variable(text, index, at);
      value += inner;
      index = end;
    } else if (char === at.escapeChar) {
      const next = text[index + 1] ?? "";
      // In double quotes only a quote, a dollar sign and the escape character itself can be escaped.
      value += ['"', "$", at.escapeChar].includes(next) ? next : char + next;
      index += 2;
    } else {
      value += char;
      index += 1;
    }
  }
  throw new ExpansionError("a double quote is not closed");
}

const nameAt = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;

function variable(text: string, from: number, at: Scan): readonly [string, number] {
  const braced = text[from + 1] === "{";
  nameAt.lastIndex = from + (braced ? 2 : 1);
  const name = nameAt.exec(text)?.[0];
  if (name === undefined) {
    if (braced) throw new ExpansionError("${ is not followed by a name");
    return ["$", from + 1];
  }
  const after = nameAt.lastIndex;
  if (!braced) return [at.variables(name) ?? "", after];
  if (text[after] === "}") return [at.variables(name) ?? "", after + 1];
  return modified(text, name, after, at);
}

/** What follows a name in braces: an operator and a word, up to the closing brace. */
function modified(text: string, name: string, from: number, at: Scan): readonly [string, number] {
  if (at.depth > depthLimit) throw new ExpansionError("variables stand too deep in one another");
  const operator = /^(?::[-+?]|[-+?]|##|#|%%|%|\/\/|\/)/.exec(text.slice(from, from + 2))?.[0];
  if (operator === undefined)
    throw new ExpansionError(`\${${name}} has an operator that is not known: ${JSON.stringify(text.slice(from, from + 2))}`);
  const value = at.variables(name);
  const inner = { ...at, depth: at.depth + 1 };
  const start = from + operator.length;
  if (operator.startsWith("/")) {
    const [pattern, slash] = scan(text, start, "/", inner);
    const [replacement, end] = scan(text, slash + 1, "}", inner);
    const found = glob(pattern, operator === "//" ? "g" : "", true);
    return [value === undefined ? "" : value.replace(found, () => replacement), end + 1];
  }
  const [word, end] = scan(text, start, "}", inner);
  return [operate(operator, name, value, word), end + 1];
}

function operate(operator: string, name: string, value: string | undefined, word: string): string {
  const set = operator.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
  switch (operator) {
    case ":-":
    case "-":
      return set ? (value ?? "") : word;
    case ":+":
    case "+":
      return set ? word : "";
    case ":?":
    case "?":
      if (set) return value ?? "";
      throw new ExpansionError(`${name}: ${word === "" ? "is not set" : word}`);
    case "#":
    case "##":
      return trim(value ?? "", word, operator === "##", false);
    default:
      return trim(value ?? "", word, operator === "%%", true);
  }
}

/** Removes the shortest or longest start or end that a pattern matches. */
function trim(value: string, pattern: string, longest: boolean, end: boolean): string {
  const whole = new RegExp(`^${glob(pattern, "", true).source}$`, "s");
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  for (const length of longest ? lengths.reverse() : lengths) {
    const part = end ? value.slice(value.length - length) : value.slice(0, length);
    if (whole.test(part)) return end ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

function glob(pattern: string, flags: string, greedy: boolean): RegExp {
  const source = [...pattern].map((char) =>
    char === "*" ? (greedy ? ".*" : ".*?") : char === "?" ? "." : char.replace(/[\\^$.|+()[\]{}/]/g, "\\$&"),
  );
  return new RegExp(source.join(""), `${flags}s`);
}
