import type { Event } from "../events.ts";
import { failureText, findingText } from "../text.ts";
import { formatBytes, formatMs } from "../units.ts";

type Lines<K extends Event["kind"]> = (event: Extract<Event, { kind: K }>, verbose: boolean) => readonly string[];

const warning = (text: string, hint?: string): readonly string[] => [
  `warning: ${text}`,
  ...(hint === undefined ? [] : [`  hint: ${hint}`]),
];

/** How each kind of event reads as lines of a log. */
const table: { readonly [K in Event["kind"]]: Lines<K> } = {
  step: (event) => {
    if (event.state === "started") return [];
    // What failed is told in full at the end.
    const detail = event.state === "failed" ? "failed" : event.detail;
    return [`${event.step.padEnd(8)} ${detail} (${formatMs(event.ms)})`];
  },
  message: ({ level, text, hint }) => (level === "warning" ? warning(text, hint) : [`  ${text}`]),
  detail: ({ text }, verbose) => (verbose ? [`  ${text}`] : []),
  transfer: ({ state, to, descriptor, ms }, verbose) => {
    if (!verbose || state === "started" || state === "progress") return [];
    const time = ms === undefined ? "" : ` in ${formatMs(ms)}`;
    return [`  ${state} ${formatBytes(descriptor.size)} ${descriptor.digest} at ${to}${time}`];
  },
  retry: ({ method, url, attempt, waitMs, cause }) =>
    warning(`${method} ${url}: ${withoutPrefix(cause, `${method} ${url}: `)} (attempt ${attempt}); trying again in ${formatMs(waitMs)}`),
  build: ({ id, name, state, ms, log }, verbose) => {
    if (state === "log") return (log ?? "").split("\n").map((line) => `  ${id} | ${line}`);
    if (state === "started") return verbose ? [`  ${id} ${name}`] : [];
    const time = ms === undefined ? "" : ` (${formatMs(ms)})`;
    return [`  ${id} ${name}${state === "done" ? "" : ` ${state}`}${time}`];
  },
  finding: ({ finding }) => findingText(finding).split("\n"),
  tag: ({ destination, tag, digest, outcome, why }) => [
    `  ${destination}:${tag} ${outcome}: ${digest}${why === undefined ? "" : ` (${why})`}`,
  ],
  failure: ({ failure }) => failureText(failure).split("\n"),
};

/** An event as lines of a log; none where it is not worth one. No line can carry a control character or a workflow command. */
export function eventLines(event: Event, verbose: boolean): readonly string[] {
  const lines = table[event.kind] as (event: Event, verbose: boolean) => readonly string[];
  return lines(event, verbose).map(harmless);
}

/**
 * A line without what drives a terminal or GitHub's runner: control characters, `::command::` at its start, and the runner's
 * older `##[command]` anywhere.
 */
export function harmless(line: string): string {
  return (
    line
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
      .replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "")
      .replace(/##\[/g, "## [")
      .replace(/^(\s*)::/, "$1: :")
  );
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
