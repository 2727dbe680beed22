import { eventLines } from "./lines.ts";
import type { Renderer, Write } from "./renderer.ts";
import { progressLine, transfers } from "./transfers.ts";

/** Milliseconds between two lines about work that goes on. */
const every = 5_000;

/** Plain lines for logs: one for each thing that happened, and one about long work every few seconds. */
export function plainRenderer(write: Write, options: { readonly verbose: boolean }): Renderer {
  const moving = transfers();
  const timer = setInterval(() => {
    const line = progressLine(moving);
    if (line !== undefined) write(`  ${line}\n`);
  }, every);
  // Whoever waits for nothing but this timer has nothing more to show.
  timer.unref();
  return {
    emit(event) {
      moving.hear(event);
      for (const line of eventLines(event, options.verbose)) write(`${line}\n`);
    },
    close: () => clearInterval(timer),
  };
}
