/**
 * The telling of it: the typed events that every step emits, the report that a run ends with, and the renderers that turn
 * events into a terminal's, a log's, GitHub's or JSON's lines. Renderers only listen; no room depends on how it is told.
 */
export { type Emit, type Event, type Finding, type Level, type Step, silent, steps, type TransferState } from "./events.ts";
export { imageFacts } from "./facts.ts";
export { type FailureNotice, noticeOfFailure, noticeOfReports } from "./notice.ts";
export { groupRenderer } from "./render/group.ts";
export { jsonLinesRenderer } from "./render/json-lines.ts";
export { openTerminalRenderer } from "./render/open-terminal.ts";
export { plainRenderer } from "./render/plain.ts";
export type { Renderer, Write } from "./render/renderer.ts";
export {
  type BuildStats,
  type Contents,
  type DestinationReport,
  type ForeseenTag,
  type GithubRecord,
  type ImageReport,
  type ImageStatus,
  type Pieces,
  type Previous,
  type Report,
  reportJson,
  type StartedImage,
  type StepReport,
  type Tagging,
} from "./report.ts";
export { failureText, findingText, foreseenText, foreseenWords, howText, reportText, statusText } from "./text.ts";
export { formatBytes, formatMs } from "./units.ts";
