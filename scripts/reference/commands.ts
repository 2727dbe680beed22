import { program } from "../../src/cli/program.ts";
import { type CommandEntry, commandEntries } from "../../src/cli/reference/entries.ts";

/** All of waybill's commands. The outside is never touched. */
export function allCommands(): readonly CommandEntry[] {
  const { stdout, stderr } = process;
  const edge = { env: {}, cwd: ".", stdout, stderr, signal: new AbortController().signal };
  return commandEntries(program(edge, () => {}));
}
