import type { Emit } from "../events.ts";

/** Something that listens to events and shows them. */
export interface Renderer {
  readonly emit: Emit;
  /** Shows what is still held back, and leaves a terminal as it was. */
  close(): void;
}

/** Where a renderer writes text. */
export type Write = (text: string) => void;
