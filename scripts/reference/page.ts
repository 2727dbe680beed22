import type { CommandEntry, OptionEntry } from "../../src/cli/reference/entries.ts";
import { allCommands } from "./commands.ts";

const head = `# Commands

All commands with all their options, written from their definitions by \`make reference\`. What they are for, and how they belong together,
stands in the [README](../README.md#commands). Every command also has \`-h, --help\`.
`;

/** docs/commands.md: the reference of every command, in Markdown. */
export function referencePage(): string {
  return [head, ...allCommands().map(section)].join("\n");
}

function section(entry: CommandEntry): string {
  const { name, aliases, description, args, options, examples } = entry;
  const words = args.map(({ word }) => ` ${word}`).join("");
  const told = args.filter((one) => one.description !== "");
  return [
    `## \`${name}\``,
    "",
    `${sentence(description)}${aliases.length === 0 ? "" : ` Also called \`${aliases.join("`, `")}\`.`}`,
    "",
    "```text",
    `${name}${words}${options.length === 0 ? "" : " [options]"}`,
    "```",
    "",
    ...told.flatMap((one) => [`- \`${one.word}\`: ${plain(one.description)}`]),
    ...(told.length === 0 ? [] : [""]),
    ...(options.length === 0 ? [] : ["| option | meaning | unless given |", "|---|---|---|", ...options.map(row), ""]),
    ...(examples.length === 0 ? [] : ["```sh", ...examples, "```", ""]),
  ].join("\n");
}

function row({ flags, description, choices, usual }: OptionEntry): string {
  const values = choices.length === 0 ? "" : `: ${choices.map((one) => `\`${one}\``).join(", ")}`;
  return `| \`${cell(flags)}\` | ${cell(plain(description))}${values} | ${usual === undefined ? "" : `\`${cell(usual)}\``} |`;
}

/** A description begins small, as in the help; on a page it is a sentence. */
function sentence(text: string): string {
  return `${plain(text.slice(0, 1).toUpperCase() + text.slice(1))}.`;
}

/** Words in angle brackets would be read as HTML. */
function plain(text: string): string {
  return text.replaceAll("<", "&lt;");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
