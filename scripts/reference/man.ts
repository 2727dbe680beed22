import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandEntry, OptionEntry } from "../../src/cli/reference/entries.ts";
import { version } from "../../src/version.ts";
import { allCommands } from "./commands.ts";
import { tableBelow } from "./table.ts";

/**
 * man/waybill.1, in the macros of man(7) that man-db and mandoc both know. Commands come from their definitions; variables and exit
 * codes from the README's tables.
 */
export function manPage(root: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const { description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const commands = allCommands();
  return `${[
    '.\\" Written from the definitions of the commands by `make reference`.',
    `.TH WAYBILL 1 "${released(root)}" "waybill ${version}" "User Commands"`,
    ".SH NAME",
    "waybill \\- one container image per git commit",
    ".SH SYNOPSIS",
    ...synopsis(["waybill"], "COMMAND", "[\\fIARGUMENT\\fR ...]", "[\\fIOPTION\\fR ...]"),
    ".SH DESCRIPTION",
    text(description),
    ".PP",
    "Results go to standard output, logs to standard error.",
    text("waybill COMMAND --help shows an example of each command."),
    ".SH COMMANDS",
    ...commands.flatMap(section),
    ".SH ENVIRONMENT",
    ...tableBelow(readme, "### Environment").flatMap(([name = "", meaning = ""]) => term(bold(markdown(name)), markdown(meaning))),
    ".SH FILES",
    ...term(bold("waybill.yaml"), "what is published, and where to; in the root of the git repository"),
    ...term(bold("~/.docker/config.json"), "what docker login left, which signs in"),
    ".SH EXIT STATUS",
    ...tableBelow(readme, "## Exit codes").flatMap(([code = "", meaning = ""]) => term(`.B ${code}`, markdown(meaning))),
    ".PP",
    "Of several outcomes the worst counts, in this order: 1, 4, 3, 5, 6, 7, 2.",
    ".SH SEE ALSO",
    ".BR git (1),",
    ".BR docker (1)",
    ".PP",
    "https://github.com/quiltdata/waybill",
  ].join("\n")}\n`;
}

/** The day on which this version was released, as the changelog says; empty before that. */
function released(root: string): string {
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const heading = changelog.split("\n").find((line) => line.startsWith(`## ${version} `));
  return /\((\d{4}-\d{2}-\d{2})\)/.exec(heading ?? "")?.[1] ?? "";
}

function section({ name, aliases, description, args, options, examples }: CommandEntry): readonly string[] {
  const others = aliases.length === 0 ? "" : ` Also called ${aliases.join(", ")}.`;
  return [
    `.SS ${escaped(name)}`,
    ...synopsis(name.split(" "), ...args.map(({ word }) => escaped(word)), ...(options.length === 0 ? [] : ["[\\fIOPTION\\fR ...]"])),
    ".PP",
    text(`${description.slice(0, 1).toUpperCase()}${description.slice(1)}.${others}`),
    ...args.filter((one) => one.description !== "").flatMap((one) => term(italic(one.word), valued(one))),
    ...options.flatMap((one) => term(flagsOf(one), valued(one))),
    ...(examples.length === 0
      ? []
      : [".PP", "Examples:", ".PP", ".nf", ".RS", ...examples.flatMap((line) => folded(line).map(lineOf)), ".RE", ".fi"]),
  ];
}

function synopsis(words: readonly string[], ...rest: readonly string[]): readonly string[] {
  return [[`.B ${words.map(escaped).join(" ")}`].join(" "), ...(rest.length === 0 ? [] : [rest.join(" ")])];
}

function flagsOf({ names, value, flags }: OptionEntry): string {
  const optional = /\[([^\]]+)\]$/.exec(flags)?.[1];
  const taken = value === undefined ? "" : ` ${italic(value)}`;
  return `${names.map(bold).join(", ")}${optional === undefined ? taken : ` [${italic(optional)}]`}`;
}

function valued({
  description,
  choices,
  usual,
}: {
  readonly description: string;
  readonly choices: readonly string[];
  readonly usual?: string | undefined;
}): string {
  const values = choices.length === 0 ? "" : `: ${choices.join(", ")}`;
  return `${markdown(description)}${values}${usual === undefined ? "" : ` (${usual} unless given)`}`;
}

/** A term with its explanation, indented. */
function term(head: string, explanation: string): readonly string[] {
  return [".TP", head, text(explanation)];
}

function bold(words: string): string {
  return `\\fB${escaped(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${escaped(words)}\\fR`;
}

/** Markdown's code and links, as their words; a link that is only a remark is left out. */
function markdown(cell: string): string {
  return cell
    .replaceAll(/ \(\[[^\]]+\]\([^)]+\)\)/g, "")
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .replaceAll("`", "");
}

/** Text, a sentence and no more than so many letters on a line, as mandoc wants it. */
function text(words: string): string {
  const sentences = words.split(/(?<=[.:]) (?=[A-Z])/);
  return sentences
    .flatMap((sentence) => wrapped(sentence.split(" ")))
    .map(lineOf)
    .join("\n");
}

/** A command of several lines, as a shell takes it. */
function folded(command: string): readonly string[] {
  const [first = "", ...others] = wrapped(command.split(/ (?=--|>)/));
  return [first, ...others.map((line) => `  ${line}`)].map((line, at, all) => (at < all.length - 1 ? `${line} \\` : line));
}

const longest = 72;

function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || lineOf(`${last} ${word}`).length > longest) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** A line of text: what begins with a point or a quote would be taken for a request. */
function lineOf(words: string): string {
  return escaped(words).replace(/^(?=[.'])/, "\\&");
}

/** groff_char(7): a plain hyphen, quote or backslash stands for something else. */
function escaped(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("…", "...")
    .replaceAll("→", "->");
}
