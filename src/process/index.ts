/**
 * The one room that starts other programs. An argument list comes in, an exit code and output go out; never a shell.
 */
export { isAlive } from "./alive.ts";
export { linesOf } from "./lines.ts";
export { type RunOptions, type RunResult, run, start } from "./run.ts";
