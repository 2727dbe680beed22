import type { Renderer, Write } from "./renderer.ts";

/** One JSON object a line for each event, with the time in milliseconds since the renderer began. */
export function jsonLinesRenderer(write: Write): Renderer {
  const started = performance.now();
  return {
    emit(event) {
      write(`${JSON.stringify({ at: Math.round(performance.now() - started), ...event })}\n`);
    },
    close() {},
  };
}
