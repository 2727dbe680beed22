import { type Command, InvalidArgumentError, Option } from "commander";
import type { Edge } from "../edge.ts";

/** Hears a command's exit code. */
export type Done = (exitCode: number) => void;

/** Adds one command to the command line: its arguments, options, help and examples. Its own code is loaded when it is run. */
export type Define = (waybill: Command, edge: Edge, done: Done) => void;

/** How results are written. */
export const outputOption = () =>
  new Option("--output <format>", "how results are written to standard output").choices(["text", "json", "github"]).default("text");
/** How long something is waited for. */
export const waitOption = (what: string) =>
  new Option("--wait <time>", `wait for ${what}, as long as 90s, 10m or 1h`).argParser(timeArgument);
/** A time, as an option takes it. */
export const timeArgument = (text: string): string => {
  if (/^[1-9][0-9]{0,5}[smhd]$/.test(text)) return text;
  throw new InvalidArgumentError("It takes a time like 90s, 10m or 1h.");
};
/** An option that may be repeated. */
export const list = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

const examples = new WeakMap<Command, readonly string[]>();

/** The examples that a command's help ends with. */
export const examplesOf = (command: Command): readonly string[] => examples.get(command) ?? [];

/** Adds examples to a command's help. */
export function example(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines);
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
}

/** Options of the commands that look at a git repository. */
export function repositoryOptions(command: Command, commit = true): Command {
  registryOptions(command).option("--repo <dir>", "a folder in the git repository", ".");
  if (commit) commitOptions(command);
  return destinationOptions(command)
    .option("--file <path>", "the Dockerfile, relative to the repository's root")
    .option("--context <dir>", "the build context, relative to the repository's root")
    .addOption(new Option("--engine <engine>", "what builds").choices(["auto", "assemble", "buildx", "buildah"]))
    .option("--no-reuse", "build even where an ancestor has the same content");
}

/** Which commit is meant. */
export function commitOptions(command: Command): Command {
  return command
    .option("--commit <sha>", "the commit, by its full name; VERSION, the CI's own or HEAD unless given")
    .option("--version <version>", "the same, as older tools call it");
}

/** Where an image is, or goes. */
export function placeOptions(command: Command): Command {
  return command
    .option("--to <repository>", "HOST/REPOSITORY to deliver to; may be repeated, the first is the primary", list)
    .option("--registry <host>", "the registry to deliver to, under the image's own name")
    .option("--region <region>", "the AWS region of ECR's registries: of their names, and of signing in")
    .option("--image <name>", "only this image of a configuration with several; may be repeated", list)
    .option("--explain", "show where each value of the configuration came from");
}

/** Where an image is, or goes, and under which tags. */
export function destinationOptions(command: Command): Command {
  return placeOptions(command)
    .option("--platform <platform>", "OS/ARCHITECTURE[/VARIANT]")
    .option("--no-latest", "leave latest and the other moving tags alone")
    .option("--arch-suffix", "end every tag in the architecture: SHA-amd64, latest-amd64")
    .option("--no-arch-suffix", "tags without the architecture, as usual");
}

/** Whether images are started before their tags are written. */
export function smokeOptions(command: Command): Command {
  return command
    .option("--smoke", "start a new image, which has to come up before any tag names it, as `checks.smoke` does")
    .option("--no-smoke", "start no image");
}

/** Whom to trust besides the usual authorities. */
export const caFileOption = () => new Option("--ca-file <path>", "PEM file of further certificate authorities");

/** Options of the commands that talk to registries. */
export function registryOptions(command: Command): Command {
  return command.addOption(caFileOption()).option("--skip-auth", "use docker's configuration only, no sign-in of waybill's own");
}
