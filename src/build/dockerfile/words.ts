/** Words between white space; quotes mean nothing here. */
export function plainWords(text: string): readonly string[] {
  // No more than these part words: an unbreakable space is part of a name.
  return text.split(/[\t\n\v\f\r ]+/).filter(Boolean);
}

/** Words between white space that stands outside quotes; quotes and escapes are kept for the expansion. */
export function quotedWords(text: string, escapeChar: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text[index] ?? "";
    if (char === escapeChar && quote !== "'" && index + 1 < text.length) {
      word += char + (text[index + 1] ?? "");
      index += 1;
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (quote === char) quote = "";
      else if (quote === "" && (char === '"' || char === "'")) quote = char;
      word += char;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

/** A JSON array of strings, or undefined where the text is none (it is the shell form then). */
export function jsonWords(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A flag of an instruction: `--chown=1:1`, or `--link` with an empty value. */
export interface Flag {
  readonly name: string;
  readonly value: string | undefined;
}

/** Takes the flags off the front of an instruction's text. Quotes and escapes in them are gone: variables are expanded afterwards. */
export function takeFlags(text: string, escapeChar = "\\"): { readonly flags: readonly Flag[]; readonly rest: string } {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at += 1;
    if (!text.startsWith("--", at)) return { flags, rest: text.slice(at) };
    const { word, end } = flagWord(text, at, escapeChar);
    at = end;
    if (word === "--") return { flags, rest: text.slice(at).trimStart() };
    const equals = word.indexOf("=");
    flags.push(equals === -1 ? { name: word.slice(2), value: undefined } : { name: word.slice(2, equals), value: word.slice(equals + 1) });
  }
}

function flagWord(text: string, from: number, escapeChar: string): { readonly word: string; readonly end: number } {
  let word = "";
  let quote = "";
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote === "" && /\s/.test(char)) break;
    if (char === escapeChar) word += text[++at] ?? "";
    else if (quote === char) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else word += char;
  }
  return { word, end: at };
}
