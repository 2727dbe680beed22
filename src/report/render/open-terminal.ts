import type { Renderer } from "./renderer.ts";

/** The renderer for terminals, loaded only where there is one: what it draws with takes longer to load than many commands run. */
export async function openTerminalRenderer(
  stream: NodeJS.WriteStream,
  options: { readonly verbose: boolean; readonly color: boolean },
): Promise<Renderer> {
  const { terminalRenderer } = await import("./terminal.ts");
  return terminalRenderer(stream, options);
}
