import { type Place, problem } from "./problem.ts";

/** A here-document: its name in the instruction, and what stands between. */
export interface Heredoc {
  /** The word in the instruction that stands for it: `<<EOF`. */
  readonly word: string;
  readonly name: string;
  readonly content: string;
  /** The same as it stands there: with the tabs that `<<-` takes away. */
  readonly raw: string;
  /** Whether variables are expanded in it: not where its name is quoted. */
  readonly expand: boolean;
}

/** One instruction's line: continued lines joined, comments left out, its here-documents beside it. */
export interface LogicalLine extends Place {
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
}

/** A directive at the top of a Dockerfile, and where it stands. */
export interface Directive {
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** The whole line. */
  readonly text: string;
}

/** Directives at the top of a Dockerfile (Dockerfile reference, "Parser directives"), by lower-case name. */
export type Directives = ReadonlyMap<string, Directive>;

const limit = 1024 * 1024;
const heredocPattern = /(?<!\S)(\d*)<<(-?)(?:"([^"\s<]+)"|'([^'\s<]+)'|([^\s<"'\\]+))(?!\S)/g;
/** Directives that are known; another word ends them. */
const directiveNames = new Set(["syntax", "escape", "check"]);
/** Only these take here-documents; in others the signs are text. */
const heredocInstructions = new Set(["RUN", "COPY", "ADD"]);

/**
 * Splits a Dockerfile into directives and logical lines.
 * @throws Failure DOCKERFILE_INVALID
 */
export function splitLines(file: string, text: string): { readonly directives: Directives; readonly lines: readonly LogicalLine[] } {
  if (text.length > limit) {
    throw problem("DOCKERFILE_INVALID", { file, line: 1 }, `the file has more than ${limit} characters`, {
      hint: "Name another file with build.file: no Dockerfile is as long as that.",
    });
  }
  const zero = text.indexOf("\0");
  if (zero !== -1) {
    throw problem(
      "DOCKERFILE_INVALID",
      { file, line: text.slice(0, zero).split("\n").length },
      "the file is not text: it has a zero byte",
      {
        hint: "Save it as UTF-8, or name the Dockerfile with build.file.",
      },
    );
  }
  // Line ends stay in: they are part of a here-document's text.
  const physical = text.replace(/^\ufeff/, "").split(/(?<=\n)/);
  const directives = directivesOf(file, physical);
  const directive = directives.get("escape");
  const escapeChar = directive?.value ?? "\\";
  if (directive !== undefined && escapeChar !== "\\" && escapeChar !== "`")
    throw problem(
      "DOCKERFILE_INVALID",
      { file, line: directive.line },
      `the escape directive takes \\ or \`, not ${JSON.stringify(escapeChar.slice(0, 20))}`,
      { text: directive.text, hint: "Write # escape=\\ or # escape=`, or leave the line out." },
    );
  // An escape character that is escaped itself continues nothing.
  const continued = escapeChar === "\\" ? /(?<!\\)\\[ \t]*$/ : /(?<!`)`[ \t]*$/;
  const lines: LogicalLine[] = [];
  let at = 0;
  while (at < physical.length) {
    const start = at;
    let joined = "";
    let open = true;
    while (open && at < physical.length) {
      const line = withoutEnd(physical[at] ?? "");
      at += 1;
      // Comments are left out even between continued lines; so are empty lines there.
      if (/^\s*#/.test(line) || (joined !== "" && line.trim() === "")) {
        if (joined === "") break;
        continue;
      }
      const part = joined === "" ? line.trimStart() : line;
      open = continued.test(part);
      joined += open ? part.replace(continued, "") : part;
      if (joined.trim() === "" && !open) break;
    }
    const whole = joined.trim();
    if (whole === "") continue;
    const taken = heredocsOf(whole, physical, at, { file, line: start + 1 });
    at = taken.next;
    lines.push({ file, line: start + 1, text: whole, heredocs: taken.heredocs });
  }
  return { directives, lines };
}

function withoutEnd(line: string): string {
  return line.replace(/[\r\n]+$/, "");
}

function directivesOf(file: string, lines: readonly string[]): Directives {
  const found = new Map<string, Directive>();
  for (const [index, line] of lines.entries()) {
    const match = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=(.+)$/s.exec(line.trim());
    const name = match?.[1]?.toLowerCase() ?? "";
    const value = match?.[2]?.trim() ?? "";
    if (value === "" || !directiveNames.has(name)) break;
    if (found.has(name)) {
      throw problem("DOCKERFILE_INVALID", { file, line: index + 1 }, `the directive ${name} stands there twice`, {
        text: line.trim(),
        hint: "Keep one of the two.",
      });
    }
    found.set(name, { value, line: index + 1, text: line.trim() });
  }
  return found;
}

function heredocsOf(
  text: string,
  lines: readonly string[],
  from: number,
  place: Place,
): { readonly heredocs: readonly Heredoc[]; readonly next: number } {
  const [, instruction = ""] = /^(?:ONBUILD\s+)?(\S+)/i.exec(text) ?? [];
  if (!heredocInstructions.has(instruction.toUpperCase())) return { heredocs: [], next: from };
  const heredocs: Heredoc[] = [];
  let next = from;
  for (const match of text.matchAll(heredocPattern)) {
    const name = match[3] ?? match[4] ?? match[5] ?? "";
    const chomp = match[2] === "-";
    const body: string[] = [];
    const raw: string[] = [];
    for (;;) {
      const line = lines[next];
      if (line === undefined)
        throw problem("DOCKERFILE_INVALID", place, `the here-document ${name} has no end`, {
          text,
          hint: `Write a line with ${name} alone after its text.`,
        });
      next += 1;
      const content = chomp ? line.replace(/^\t+/, "") : line;
      if (withoutEnd(content) === name) break;
      body.push(content);
      raw.push(line);
    }
    heredocs.push({ word: match[0].trim(), name, content: body.join(""), raw: raw.join(""), expand: match[5] !== undefined });
  }
  return { heredocs, next };
}
