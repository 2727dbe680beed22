import { type Emit, groupRenderer, jsonLinesRenderer, plainRenderer, type Renderer, terminalRenderer } from "../report/index.ts";
import type { Edge, Output } from "./edge.ts";

/**
 * The renderer for this run: progress bars on a terminal, log groups on GitHub, JSON lines beside JSON results, plain
 * lines elsewhere. All of it goes to standard error.
 */
export function listen(edge: Edge, options: { readonly output?: Output; readonly verbose?: boolean }): Renderer {
  const write = (text: string): void => void edge.stderr.write(text);
  const verbose = options.verbose ?? false;
  if (edge.env["GITHUB_ACTIONS"] === "true") return groupRenderer(write, { verbose });
  if (options.output === "json") return jsonLinesRenderer(write);
  if (edge.stderr.isTTY && edge.env["CI"] === undefined) return terminalRenderer(edge.stderr, { verbose, color: !edge.env["NO_COLOR"] });
  return plainRenderer(write, { verbose });
}

/** Listens while work is done, and cleans the terminal up after it. */
export async function listening<T>(renderer: Renderer, work: (emit: Emit) => Promise<T>): Promise<T> {
  try {
    return await work(renderer.emit);
  } finally {
    renderer.close();
  }
}
