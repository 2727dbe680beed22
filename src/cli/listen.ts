import { type Emit, groupRenderer, jsonLinesRenderer, openTerminalRenderer, plainRenderer, type Renderer } from "../report/index.ts";
import type { Edge, Output } from "./edge.ts";

interface ListenOptions {
  readonly output?: Output;
  readonly verbose?: boolean;
}

/**
 * The renderer for this run: progress bars on a terminal, log groups on GitHub, JSON lines beside JSON results, plain
 * lines elsewhere. All of it goes to standard error.
 */
export async function listen(edge: Edge, options: ListenOptions): Promise<Renderer> {
  const renderer = await rendererOf(edge, options);
  const { heard } = edge;
  if (heard === undefined) return renderer;
  return {
    ...renderer,
    emit: (event) => {
      heard(event);
      renderer.emit(event);
    },
  };
}

async function rendererOf(edge: Edge, options: ListenOptions): Promise<Renderer> {
  const write = (text: string): void => void edge.stderr.write(text);
  const verbose = options.verbose ?? false;
  if (edge.env["GITHUB_ACTIONS"] === "true") return groupRenderer(write, { verbose });
  if (options.output === "json") return jsonLinesRenderer(write);
  if (edge.stderr.isTTY && edge.env["CI"] === undefined)
    return await openTerminalRenderer(edge.stderr, { verbose, color: !edge.env["NO_COLOR"] });
  return plainRenderer(write, { verbose });
}

/** Listens while work is done, and cleans the terminal up after it. */
export async function listening<T>(listener: Promise<Renderer>, work: (emit: Emit) => Promise<T>): Promise<T> {
  const renderer = await listener;
  try {
    return await work(renderer.emit);
  } finally {
    renderer.close();
  }
}
