import type { Command, Option } from "commander";
import { examplesOf } from "../../src/cli/definitions/options.ts";
import { program } from "../../src/cli/program.ts";

/** A command as people type it, with all that its definition says. */
export interface CommandEntry {
  /** `waybill registry serve`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly args: readonly { readonly word: string; readonly description: string }[];
  readonly options: readonly OptionEntry[];
  readonly examples: readonly string[];
}

/** One option, as it is written. */
export interface OptionEntry {
  /** `--output <format>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices: readonly string[];
  readonly usual: string | undefined;
}

/** Every command that does something itself, in the order of the help. Nothing is run: the outside is never touched. */
export function commandEntries(): readonly CommandEntry[] {
  const { stdout, stderr } = process;
  const edge = { env: {}, cwd: ".", stdout, stderr, signal: new AbortController().signal };
  return entriesBelow(
    program(edge, () => {}),
    "waybill",
  );
}

function entriesBelow(parent: Command, before: string): readonly CommandEntry[] {
  return parent.commands.flatMap((command) => {
    const name = `${before} ${command.name()}`;
    return command.commands.length > 0 ? entriesBelow(command, name) : [entryOf(command, name)];
  });
}

function entryOf(command: Command, name: string): CommandEntry {
  return {
    name,
    aliases: command.aliases(),
    description: command.description(),
    args: command.registeredArguments.map((one) => {
      const word = `${one.name()}${one.variadic ? "..." : ""}`;
      return { word: one.required ? `<${word}>` : `[${word}]`, description: one.description };
    }),
    options: command.options.filter(({ hidden }) => !hidden).map(optionOf),
    examples: examplesOf(command),
  };
}

function optionOf({ flags, description, argChoices = [], defaultValue, negate }: Option): OptionEntry {
  const usual = negate || defaultValue === undefined ? undefined : String(defaultValue);
  return { flags, description, choices: argChoices, usual };
}
