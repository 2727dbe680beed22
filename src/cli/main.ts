import { CommanderError } from "commander";
import { Failure, toFailure } from "../failure/index.ts";
import { type Emit, failureText } from "../report/index.ts";
import { type Edge, onGithub } from "./edge.ts";
import { program } from "./program.ts";
import { interruption } from "./signals.ts";

/**
 * The command line: parses the arguments, runs the command, shows what it failed with.
 * @param heard hears every event beside the renderer
 * @returns the exit code
 */
export async function main(argv: readonly string[], heard?: Emit): Promise<number> {
  const { env, stdout, stderr } = process;
  const cwd = workingFolder();
  if (cwd instanceof Failure) {
    stderr.write(`${failureText(cwd)}\n`);
    return cwd.exitCode;
  }
  const edge: Edge = {
    env,
    cwd,
    // Opened only by whoever reads it.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    signal: interruption(),
    heard,
  };
  let exitCode = 0;
  let repo: string | undefined;
  try {
    const done = (code: number): void => {
      exitCode = code;
    };
    await program(edge, done, argv[0])
      .hook("preAction", (_, command) => {
        repo = command.opts()["repo"];
      })
      .parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const failure = thrown instanceof CommanderError ? usage(thrown) : toFailure(thrown);
    edge.stderr.write(`${failureText(failure)}\n`);
    if (failure.code === "DEFECT" && failure.cause instanceof Error) edge.stderr.write(`${failure.cause.stack ?? ""}\n`);
    if (onGithub(edge)) {
      const { tellFailures } = await import("./github.ts");
      tellFailures(argv[0] ?? "", [failure], edge, repo);
    }
    return failure.exitCode;
  }
}

function workingFolder(): string | Failure {
  try {
    return process.cwd();
  } catch {
    return new Failure("FILE_FAILED", "the folder that this runs in is not there any more", { hint: "Change to another folder." });
  }
}

function usage(error: CommanderError): Failure {
  const message = error.message.replace(/^error: /, "");
  return new Failure("USAGE", message === "(outputHelp)" ? "no command was given" : message, {
    hint: "waybill --help lists the commands.",
  });
}
