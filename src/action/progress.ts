import type { Event } from "../report/index.ts";

/** The most lines that are kept: what was done last says the most. */
const most = 40;

/**
 * What a run has done so far, kept for the step after it: a cancelled run tells nothing itself.
 * @param keep hears the lines as they are after each event that adds one
 */
export function progress(keep: (lines: readonly string[]) => void): (event: Event) => void {
  const lines: string[] = [];
  return (event) => {
    const line = lineOf(event);
    if (line === undefined) return;
    lines.push(line);
    keep(lines.slice(-most));
  };
}

function lineOf(event: Event): string | undefined {
  if (event.kind === "tag") return `${event.outcome} ${event.destination}:${event.tag} (${event.digest})`;
  if (event.kind !== "step") return undefined;
  const image = event.image === undefined ? "" : ` of ${event.image}`;
  return event.state === "started" ? `began to ${verbs[event.step]}${image}` : `${event.step}${image} ${event.state}: ${event.detail}`;
}

const verbs: Readonly<Record<Extract<Event, { kind: "step" }>["step"], string>> = {
  commit: "look for the commit",
  plan: "plan",
  survey: "survey the destinations",
  obtain: "obtain the content",
  deliver: "deliver",
  check: "check what was delivered",
  tag: "write tags",
  record: "write the record",
};
