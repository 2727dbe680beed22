import type { Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import type { ChangedMode } from "./changes.ts";

/**
 * The mode of a `--chmod`: octal digits, or symbolic ones such as `u+x,go=rX` (POSIX chmod, "symbolic mode").
 * @throws Failure DOCKERFILE_INVALID
 */
export function modeOf(text: string, instruction: Instruction): ChangedMode {
  const digits = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
  if (digits !== undefined && digits <= 0o7777) return { of: () => digits, fresh: digits };
  const clauses = digits === undefined ? text.split(",").map(readClause) : [];
  if (clauses.length === 0 || clauses.includes(undefined)) {
    throw problem("DOCKERFILE_INVALID", instruction, `--chmod takes a mode such as 755 or u+x, not ${JSON.stringify(text.slice(0, 50))}`, {
      text: instruction.text,
      hint: "Write up to four octal digits, or symbols such as u=rwX,go=rX.",
    });
  }
  const of = (mode: number, directory: boolean): number => {
    const run = directory || (mode & 0o111) !== 0;
    return clauses.reduce((bits, clause) => (clause ?? []).reduce((now, action) => applied(now, action, run), bits), mode);
  };
  return { of, fresh: 0o755 };
}

/** One action on the bits of some classes: `+x` of `u+x`. */
interface Action {
  /** The bits that it may touch. */
  readonly who: number;
  readonly operator: string;
  readonly permissions: string;
}

/** The bits of a class of users; who names none means all. */
const classes: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 };
const bitsOf: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** A clause such as `go+r-w`; undefined where it is none. */
function readClause(text: string): readonly Action[] | undefined {
  const match = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(text);
  if (match === null) return undefined;
  const named = [...(match[1] ?? "")].reduce((bits, one) => bits | (classes[one] ?? 0), 0);
  return [...(match[2] ?? "").matchAll(/([-+=])([rwxXstugo]*)/g)].map(([, operator = "", permissions = ""]) => ({
    // Others alone have neither set-id bits nor the sticky one.
    who: named === 0 ? 0o7777 : (named & ~0o7) !== 0 && permissions.includes("t") ? named | 0o1000 : named,
    operator,
    permissions,
  }));
}

function applied(mode: number, { who, operator, permissions }: Action, run: boolean): number {
  const [first = ""] = permissions;
  const copies = [...permissions].filter((one) => one in shifts);
  let bits = 0;
  for (const one of permissions) bits |= one === "X" ? (run || operator === "-" ? 0o111 : 0) : (bitsOf[one] ?? 0);
  for (const one of copies) bits |= 0o111 * ((mode >> (shifts[one] ?? 0)) & 7);
  bits &= who;
  if (operator === "+") return mode | bits;
  if (operator === "-") return mode & ~bits;
  // A copy leaves the set-id bits of its class.
  const cleared = who === 0o7777 && !permissions.includes("t") ? 0o6777 : who;
  return (mode & ~(first in shifts ? cleared & 0o777 : cleared)) | bits;
}
