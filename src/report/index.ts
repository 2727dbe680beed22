/**
 * The telling of it: the typed events that every step emits, and the renderers that turn them into a terminal's,
 * a log's, GitHub's or JSON's lines. Renderers only listen; no room depends on how it is told.
 */
export { type Emit, type Event, type Finding, type Level, type Step, silent, steps, type TransferState } from "./events.ts";
