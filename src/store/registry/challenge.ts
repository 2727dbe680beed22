/** One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; of a repeated one the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const headerLimit = 8192;
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const blanks = /[ \t]*/y;
const quoted = /"(?:[^"\\]|\\.)*"/y;
const bare = /[^\s,"]+/y;

/**
 * The challenges of a WWW-Authenticate header, which may hold several. Each character is looked at a bounded number of times;
 * at the first thing that is no challenge the rest is left.
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const text = (header ?? "").slice(0, headerLimit);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  while (at < text.length) {
    take(blanks);
    if (text[at] === ",") {
      at++;
      continue;
    }
    const name = take(token)?.toLowerCase();
    if (name === undefined) break;
    take(blanks);
    const current = challenges.at(-1);
    if (text[at] !== "=" || current === undefined) {
      challenges.push({ scheme: name, parameters: new Map() });
      continue;
    }
    at++;
    take(blanks);
    const value = take(quoted) ?? take(bare);
    if (value === undefined) break;
    const plain = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
    if (!current.parameters.has(name)) current.parameters.set(name, plain);
  }
  return challenges;
}
