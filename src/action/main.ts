/**
 * The GitHub Action: its inputs become a command line, and what the command does, it does. Nothing here knows how an image
 * is published. What was done is kept as it goes, for the post step.
 */
import { appendFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { main } from "../cli/index.ts";
import { failureReport, toFailure } from "../failure/index.ts";
import { failureAnnotations } from "../github/index.ts";
import { type Call, callOf } from "./inputs.ts";
import { progress } from "./progress.ts";
import { stateLine } from "./state.ts";

const { env } = process;

function append(path: string | undefined, text: string): void {
  if (path) appendFileSync(path, text);
}

function call(): Call | undefined {
  try {
    return callOf(env);
  } catch (thrown) {
    const failure = toFailure(thrown);
    for (const line of failureAnnotations(failureReport(failure))) process.stderr.write(`${line}\n`);
    process.exitCode = failure.exitCode;
    return undefined;
  }
}

const wanted = call();
if (wanted !== undefined) {
  Object.assign(env, wanted.env);
  // Layers are packed on as many threads as there are cores; libuv makes four unless told before the first is used.
  env["UV_THREADPOOL_SIZE"] ||= String(Math.max(4, availableParallelism()));
  process.exitCode = await main(
    wanted.argv,
    progress((done) => append(env["GITHUB_STATE"], stateLine({ done }))),
  );
}
const exitCode = Number(process.exitCode ?? 0);
append(env["GITHUB_STATE"], stateLine({ exitCode }));
// Also where it failed before there was a report.
append(env["GITHUB_OUTPUT"], `exit_code=${exitCode}\n`);
