import type { Plan, Sourced, Survey, Surveyed } from "../types.ts";
import { inState } from "./judge.ts";
import { surveyDestination } from "./state.ts";

/** Step 3: asks all destinations at once what they hold for the commit. Writes nothing. */
export async function survey(plan: Plan, signal?: AbortSignal): Promise<Survey> {
  const surveyed = await Promise.all(plan.destinations.map((destination) => surveyDestination(plan, destination, signal)));
  return { surveyed, source: sourceOf(surveyed) };
}

/** The primary's image before a trusted destination's; an untrusted one's is never spread. */
function sourceOf(surveyed: readonly Surveyed[]): Sourced | undefined {
  const present = inState(surveyed, "present").filter(({ destination }) => destination.primary || destination.trusted);
  const found = present.find(({ destination }) => destination.primary) ?? present[0];
  return found && { root: found.state.root, store: found.destination.store, manifest: found.state.manifest };
}

/** One line for people: how many destinations are in which state. */
export function describeSurvey({ surveyed }: Survey): string {
  const counts = new Map<string, number>();
  for (const { state } of surveyed) counts.set(state.kind, (counts.get(state.kind) ?? 0) + 1);
  const only = surveyed.length === 1 ? surveyed[0] : undefined;
  if (only !== undefined) return `${only.destination.name}: ${only.state.kind}`;
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}
