import type { Argument, Command } from "commander";
import { argumentOf, type OptionEntry, optionsOf } from "../reference/entries.ts";
import { type Value, valueCalled } from "./values.ts";

/** A place on the command line: what may follow there. */
export interface Place {
  /** Words that lead there from `waybill` on: empty, `publish`, `registry serve`. */
  readonly path: string;
  /** Commands that may follow, an alias as one of its own. */
  readonly below: readonly Below[];
  readonly options: readonly OptionChoice[];
  /** What stands at each position; the last may be repeated. */
  readonly args: readonly ArgumentChoice[];
}

/** A command that may follow a place. */
export interface Below {
  readonly name: string;
  /** The path of the place that it leads to. */
  readonly path: string;
  readonly description: string;
}

/** An option, and what its value may be. */
export interface OptionChoice extends Pick<OptionEntry, "names" | "repeated" | "description"> {
  /** Undefined where it takes no value, or may go without. */
  readonly value: Value | undefined;
}

/** An argument, and what it may be. */
export interface ArgumentChoice {
  readonly word: string;
  readonly value: Value;
  readonly variadic: boolean;
}

const help: OptionChoice = { names: ["-h", "--help"], description: "show help", value: undefined, repeated: false };

/** All places of a command line. */
export function placesOf(waybill: Command): readonly Place[] {
  const root = below(waybill, "");
  const names = root.below.map(({ name }) => name);
  const told: Below = { name: "help", path: "help", description: "show a command's help" };
  const helped: ArgumentChoice = { word: "command", value: { kind: "choices", choices: names }, variadic: false };
  return [
    { ...root, below: [...root.below, told] },
    { path: "help", below: [], options: [help], args: [helped] },
    ...waybill.commands.flatMap((command) => placesBelow(command, command.name())),
  ];
}

function placesBelow(command: Command, path: string): readonly Place[] {
  return [below(command, path), ...command.commands.flatMap((one) => placesBelow(one, `${path} ${one.name()}`))];
}

function below(command: Command, path: string): Place {
  return {
    path,
    below: command.commands.flatMap((one) =>
      [one.name(), ...one.aliases()].map((name) => ({
        name,
        path: `${path} ${one.name()}`.trim(),
        description: firstOf(one.description()),
      })),
    ),
    options: [...optionsOf(command).map(choiceOf), help],
    args: command.registeredArguments.map(placed),
  };
}

function choiceOf({ names, value, choices, repeated, description }: OptionEntry): OptionChoice {
  return { names, repeated, description: firstOf(description), value: value === undefined ? undefined : valueCalled(value, choices) };
}

function placed(argument: Argument): ArgumentChoice {
  const { choices, variadic } = argumentOf(argument);
  return { word: argument.name(), value: valueCalled(argument.name(), choices), variadic };
}

/** What stands before the first semicolon: a list of completions has a line for each. */
function firstOf(description: string): string {
  return description.split("; ", 1)[0] ?? description;
}

/** A pattern of places and options with what the options' values are: `*` where all places that have the option agree. */
export interface ValueRule {
  /** `PATH:OPTION`, or `*:OPTION`. */
  readonly patterns: readonly string[];
  readonly value: Value;
}

/** Which options take values, in as few rules as there are kinds of values. */
export function valueRules(places: readonly Place[]): readonly ValueRule[] {
  const uses = places.flatMap(({ path, options }) => options.flatMap(({ names, value }) => names.map((name) => ({ path, name, value }))));
  const rules = new Map<string, { readonly patterns: Set<string>; readonly value: Value }>();
  for (const { path, name, value } of uses) {
    if (value === undefined) continue;
    const agreed = uses.every((one) => one.name !== name || JSON.stringify(one.value) === JSON.stringify(value));
    const key = JSON.stringify(value);
    const rule = rules.get(key) ?? { patterns: new Set(), value };
    rules.set(key, rule);
    rule.patterns.add(`${agreed ? "*" : path}:${name}`);
  }
  return [...rules.values()].map(({ patterns, value }) => ({ patterns: [...patterns], value }));
}
