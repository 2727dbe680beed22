import { Failure } from "../failure/index.ts";

/**
 * A signal that SIGINT and SIGTERM abort, so that what is under way ends in order. A second SIGINT ends the process at
 * once: whoever presses Ctrl-C twice means it.
 */
export function interruption(): AbortSignal {
  const aborter = new AbortController();
  process.on("SIGINT", () => {
    if (aborter.signal.aborted) process.exit(130);
    aborter.abort(new Failure("INTERRUPTED", "interrupted", { hint: "Run the same command again: it goes on where this one stopped." }));
  });
  process.on("SIGTERM", () => {
    if (aborter.signal.aborted) process.exit(143);
    aborter.abort(new Failure("TERMINATED", "terminated", { hint: "Run the same command again: it goes on where this one stopped." }));
  });
  return aborter.signal;
}
