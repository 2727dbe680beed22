import { type Pattern, parsePattern, replaced, trimmed } from "./pattern.ts";

/** Values of variables; undefined where one is not set. */
export type Variables = (name: string) => string | undefined;

/** How a text is written. */
export interface Writing {
  /** `\\` or `` ` ``. */
  readonly escapeChar: string;
  /** Whether quotes mean something: in a here-document they are text. */
  readonly quotes?: boolean;
}

/** Thrown for what cannot be expanded; whoever knows the line makes a Failure of it. */
export class ExpansionError extends Error {}

/**
 * Expands one word as a Dockerfile's instructions do (Dockerfile reference, "Environment replacement"): `$name`, `${name}`,
 * `${name:-word}`, `:+`, `:?`, the same without colon, `#`, `##`, `%`, `%%` and `/`, `//`. Quotes are removed, what stands in
 * single quotes is left as it is, and the escape character keeps the next one.
 * @throws ExpansionError
 */
export function expand(word: string, variables: Variables, { escapeChar, quotes = true }: Writing = { escapeChar: "\\" }): string {
  const [value, end] = scan(word, 0, undefined, { variables, escapeChar, quotes, depth: 0 });
  if (end < word.length) throw new ExpansionError(`unexpected ${JSON.stringify(word[end])}`);
  return value;
}

interface Scan {
  readonly variables: Variables;
  readonly escapeChar: string;
  readonly quotes: boolean;
  readonly depth: number;
  /** Whether a pattern is read: what is escaped or quoted stays escaped. */
  readonly pattern?: boolean;
}

const depthLimit = 20;
/** The most characters of a value: variables that hold one another twice grow fast. */
const lengthLimit = 1024 * 1024;

/** Reads up to a closing character that stands outside quotes, or to the end. Gives the value and where it stopped. */
function scan(text: string, from: number, until: string | undefined, at: Scan): readonly [string, number] {
  let value = "";
  let index = from;
  while (index < text.length) {
    limit(value);
    const char = text[index] ?? "";
    if (char === until) return [value, index];
    if (char === "'" && at.quotes) {
      const end = text.indexOf("'", index + 1);
      if (end === -1) throw new ExpansionError("a single quote is not closed");
      value += literal(text.slice(index + 1, end), at);
      index = end + 1;
    } else if (char === '"' && at.quotes) {
      const [inner, end] = doubleQuoted(text, index + 1, at);
      value += inner;
      index = end + 1;
    } else if (char === "$") {
      const [inner, end] = variable(text, index, at);
      value += inner;
      index = end;
    } else if (char === at.escapeChar) {
      value += (at.pattern ? char : "") + (text[index + 1] ?? "");
      index += 2;
    } else {
      value += char;
      index += 1;
    }
  }
  if (until !== undefined) throw new ExpansionError(`${until} is missing`);
  limit(value);
  return [value, Math.min(index, text.length)];
}

function limit(value: string): void {
  if (value.length > lengthLimit) throw new ExpansionError(`a value has more than ${lengthLimit} characters`);
}

/** Quoted text as it stands: in a pattern its escape characters mean themselves. */
function literal(text: string, { pattern, escapeChar }: Scan): string {
  return pattern ? text.replaceAll(escapeChar, escapeChar + escapeChar) : text;
}

function doubleQuoted(text: string, from: number, at: Scan): readonly [string, number] {
  let value = "";
  let index = from;
  while (index < text.length) {
    limit(value);
    const char = text[index] ?? "";
    if (char === '"') return [value, index];
    if (char === "$") {
      const [inner, end] = variable(text, index, at);
      value += inner;
      index = end;
    } else if (char === at.escapeChar) {
      const next = text[index + 1] ?? "";
      // In double quotes only a quote, a dollar sign and the escape character itself can be escaped.
      value += ['"', "$"].includes(next) ? next : next === at.escapeChar ? literal(next, at) : literal(char, at) + next;
      index += 2;
    } else {
      value += char;
      index += 1;
    }
  }
  throw new ExpansionError("a double quote is not closed");
}

const nameAt = /[\p{L}_][\p{L}\p{Nd}_]*|\p{Nd}+|[@*#?$!-]/uy;

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
  const inner = { ...at, depth: at.depth + 1, pattern: false };
  const start = from + operator.length;
  if (operator.startsWith("/")) {
    const [word, slash] = scan(text, start, "/", { ...inner, pattern: true });
    const [replacement, end] = scan(text, slash + 1, "}", inner);
    return [replaced(value ?? "", patternOf(word, at), replacement, operator === "//"), end + 1];
  }
  if (operator.startsWith("#") || operator.startsWith("%")) {
    const [word, end] = scan(text, start, "}", { ...inner, pattern: true });
    return [trimmed(value ?? "", patternOf(word, at), operator.length === 2, operator.startsWith("%")), end + 1];
  }
  const [word, end] = scan(text, start, "}", inner);
  return [operate(operator, name, value, word), end + 1];
}

function patternOf(word: string, { escapeChar }: Scan): Pattern {
  const pattern = parsePattern(word, escapeChar);
  if (pattern === undefined) throw new ExpansionError(`${JSON.stringify(word)} escapes what needs no escape in a pattern`);
  return pattern;
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
    default:
      if (set) return value ?? "";
      throw new ExpansionError(`${name}: ${word === "" ? "is not set" : word}`);
  }
}
