import type { Argument, Command, Option } from "commander";
import { examplesOf, list } from "../definitions/options.ts";

/** A command as people type it, with all that its definition says. */
export interface CommandEntry {
  /** `waybill registry serve`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly args: readonly ArgumentEntry[];
  readonly options: readonly OptionEntry[];
  readonly examples: readonly string[];
}

/** What stands behind a command's name. */
export interface ArgumentEntry {
  /** `<sha>`, or `[image]` where it may be left out; `...` where several may stand. */
  readonly word: string;
  readonly description: string;
  readonly choices: readonly string[];
  readonly variadic: boolean;
}

/** One option, as it is written. */
export interface OptionEntry {
  /** `--output <format>`. */
  readonly flags: string;
  /** `--output`; with `-V, --version` both. */
  readonly names: readonly string[];
  /** What the value is called, `format`; undefined where it takes none, or may go without, as `--every-commit [range]`. */
  readonly value: string | undefined;
  readonly description: string;
  readonly choices: readonly string[];
  readonly usual: string | undefined;
  /** Whether it may be given several times. */
  readonly repeated: boolean;
}

/**
 * Every command that does something itself, in the order of the help. Nothing is run.
 * @param waybill the whole command line
 */
export function commandEntries(waybill: Command): readonly CommandEntry[] {
  return entriesBelow(waybill, waybill.name());
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
    args: command.registeredArguments.map(argumentOf),
    options: optionsOf(command),
    examples: examplesOf(command),
  };
}

/** An argument, as its definition says. */
export function argumentOf(one: Argument): ArgumentEntry {
  const word = `${one.name()}${one.variadic ? "..." : ""}`;
  return {
    word: one.required ? `<${word}>` : `[${word}]`,
    description: one.description,
    choices: one.argChoices ?? [],
    variadic: one.variadic,
  };
}

/** The options that a command's help shows, as their definitions say. */
export function optionsOf(command: Command): readonly OptionEntry[] {
  return command.options.filter(({ hidden }) => !hidden).map(optionOf);
}

function optionOf({ flags, short, long, description, argChoices = [], defaultValue, negate, parseArg }: Option): OptionEntry {
  const usual = negate || defaultValue === undefined ? undefined : String(defaultValue);
  return {
    flags,
    names: [short, long].filter((one) => one !== undefined),
    value: /<([^>]+)>/.exec(flags)?.[1],
    description,
    choices: argChoices,
    usual,
    repeated: parseArg === list,
  };
}
