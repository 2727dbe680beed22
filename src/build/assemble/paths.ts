import { posix } from "node:path";
import { Failure } from "../../failure/index.ts";

/** Patterns of paths, as .dockerignore, `--exclude` and `--parents` have them. */
export interface PathPatterns {
  /** Whether the last pattern that says something of a path, or of a directory above it, takes it. */
  matches(path: string): boolean;
}

/**
 * Reads patterns: `*` and `?` never match a slash, `**` matches any number of directories, `!` takes back what was matched before.
 * What is matched takes all below it along. No pattern costs more than its length times the path's, whatever it is made of.
 * @throws Failure CONTEXT_INVALID for a pattern that is none
 */
export function pathPatterns(texts: readonly string[]): PathPatterns {
  const patterns = texts.map((text) => text.trim()).flatMap((text) => (text === "" ? [] : [readPattern(text)]));
  if (!patterns.some(({ negated }) => negated)) return withoutNegation(patterns);
  const above = new Map<string, readonly boolean[]>();
  /** What each pattern says of a path; one that cannot change the answer is not asked. */
  const evaluate = (path: string, parent: readonly boolean[] | undefined) => {
    let matched = false;
    const each = patterns.map(({ negated, test }, index) => {
      const hit = parent?.[index] === true || (negated === matched && test(path));
      if (hit) matched = !negated;
      return hit;
    });
    return { matched, each };
  };
  const parentOf = (path: string): readonly boolean[] | undefined => {
    const at = path.lastIndexOf("/");
    if (at === -1) return undefined;
    const parent = path.slice(0, at);
    const known = above.get(parent) ?? evaluate(parent, parentOf(parent)).each;
    above.set(parent, known);
    return known;
  };
  return { matches: (path) => evaluate(path, parentOf(path)).matched };
}

/** Where nothing is taken back, a path is matched where it or a directory above it is. */
function withoutNegation(patterns: readonly PathPattern[]): PathPatterns {
  const above = new Map<string, boolean>();
  const matches = (path: string): boolean => patterns.some(({ test }) => test(path)) || below(path);
  const below = (path: string): boolean => {
    const at = path.lastIndexOf("/");
    if (at === -1) return false;
    const parent = path.slice(0, at);
    const known = above.get(parent) ?? matches(parent);
    above.set(parent, known);
    return known;
  };
  return { matches: patterns.length === 0 ? () => false : matches };
}

/** A path without `.`, `..` and double slashes, and without a slash at its end. */
export function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, "$1");
}

interface PathPattern {
  readonly negated: boolean;
  test(path: string): boolean;
}

function readPattern(text: string): PathPattern {
  const cleaned = cleanPath(text);
  const negated = cleaned.startsWith("!");
  const pattern = negated ? cleaned.slice(1) : cleaned;
  if (pattern === "") throw malformed(text, "it takes nothing back");
  return { negated, test: tester(pattern, text) };
}

function malformed(text: string, why: string): Failure {
  return new Failure("CONTEXT_INVALID", `${JSON.stringify(text.slice(0, 100))} is not a pattern: ${why}`, {
    hint: "Patterns have *, ?, [a-z] and **; a backslash before one of these signs takes it as it is.",
  });
}

/** Most patterns are plain paths or ends of names: these need no machine. */
function tester(pattern: string, text: string): (path: string) => boolean {
  const special = /[*?[\]\\]/;
  if (!special.test(pattern)) return (path) => path === pattern;
  const start = pattern.endsWith("**") ? pattern.slice(0, -2) : "";
  if (start !== "" && !special.test(start)) return (path) => path.startsWith(start);
  const end = pattern.startsWith("**") ? pattern.slice(2) : "*";
  if (!special.test(end)) return (path) => path.endsWith(end) || `/${path}` === end;
  const test = compiled(pattern, true);
  if (test === undefined) throw malformed(text, "a class or a backslash in it has no end, or a class is empty or upside down");
  return test;
}

/**
 * A test for what a pattern matches from its first character to its last.
 * @param folders whether `**` matches slashes, too; else it is no more than `*`
 * @returns undefined where the pattern is malformed
 */
export function compiled(pattern: string, folders: boolean): ((path: string) => boolean) | undefined {
  const steps = stepsOf([...pattern], folders);
  return steps === undefined ? undefined : (path) => runs(steps, path);
}

/** One step of a pattern: what it takes of a path, and whether it may be left out or repeated. */
interface Step {
  takes(char: string): boolean;
  /** Stays after taking: `*`. */
  readonly repeats: boolean;
  /** May take nothing. */
  readonly optional: boolean;
  /** `**` before more: leaves with a slash only, or at once. */
  readonly folders: boolean;
}

const once = (takes: (char: string) => boolean): Step => ({ takes, repeats: false, optional: false, folders: false });
const notSlash = (char: string): boolean => char !== "/";
const anything = (): boolean => true;

function stepsOf(chars: readonly string[], folders: boolean): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? "";
    if (folders && char === "*" && chars[at + 1] === "*") {
      at += chars[at + 2] === "/" ? 2 : 1;
      steps.push({ takes: anything, repeats: true, optional: true, folders: at + 1 < chars.length });
    } else if (char === "*") steps.push({ takes: notSlash, repeats: true, optional: true, folders: false });
    else if (char === "?") steps.push(once(notSlash));
    else if (char === "[") {
      const found = characterClass(chars, at);
      if (found === undefined) return undefined;
      steps.push(once(found.takes));
      at = found.end;
    } else if (char === "\\") {
      at += 1;
      const next = chars[at];
      if (next === undefined) return undefined;
      steps.push(once((one) => one === next));
    } else steps.push(once((one) => one === char));
  }
  return steps;
}

/** Reads a class of characters, `[a-z]` or `[^…]`, as Go's filepath.Match has it; undefined where it is malformed. */
function characterClass(
  chars: readonly string[],
  start: number,
): { readonly takes: (char: string) => boolean; readonly end: number } | undefined {
  const negated = chars[start + 1] === "^";
  const ranges: (readonly [number, number])[] = [];
  let at = start + (negated ? 2 : 1);
  const one = (): number | undefined => {
    if (chars[at] === "\\") at += 1;
    else if (chars[at] === "-" || chars[at] === "]") return undefined;
    return chars[at++]?.codePointAt(0);
  };
  while (chars[at] !== "]" || ranges.length === 0) {
    const low = one();
    if (low === undefined) return undefined;
    let high: number | undefined = low;
    if (chars[at] === "-") {
      at += 1;
      high = one();
    }
    if (high === undefined || high < low) return undefined;
    ranges.push([low, high]);
  }
  const takes = (char: string): boolean => {
    const point = char.codePointAt(0) ?? -1;
    return ranges.some(([low, high]) => low <= point && point <= high) !== negated;
  };
  return { takes, end: at };
}

/** Runs all ways through the steps at once, character by character. */
function runs(steps: readonly Step[], path: string): boolean {
  let states = new Set<number>();
  enter(steps, states, 0);
  for (const char of path) {
    const next = new Set<number>();
    for (const state of states) {
      // Inside of `**`: only a slash leads out.
      const inside = state < 0;
      const index = inside ? -state - 1 : state;
      const step = steps[index];
      if (step === undefined || !step.takes(char)) continue;
      if (!step.folders) enter(steps, next, step.repeats ? index : index + 1);
      else {
        next.add(-index - 1);
        if (char === "/") enter(steps, next, index + 1);
      }
    }
    if (next.size === 0) return false;
    states = next;
  }
  return states.has(steps.length);
}

/** Adds a state, and those that are reached from it by taking nothing. */
function enter(steps: readonly Step[], states: Set<number>, from: number): void {
  for (let index = from; !states.has(index); index++) {
    states.add(index);
    if (steps[index]?.optional !== true) return;
  }
}
