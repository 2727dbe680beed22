import type { Command } from "commander";
import { program } from "../../src/cli/program.ts";
import { type CommandEntry, commandEntries } from "../../src/cli/reference/entries.ts";

/** The whole command line, for its definitions: nothing of it is to be run, and the outside is never touched. */
export function wholeProgram(): Command {
  const { stdout, stderr } = process;
  return program({ env: {}, cwd: ".", stdout, stderr, signal: new AbortController().signal }, () => {});
}

/** All of waybill's commands. */
export function allCommands(): readonly CommandEntry[] {
  return commandEntries(wholeProgram());
}
