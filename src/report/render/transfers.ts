import type { Event } from "../events.ts";
import { formatBytes } from "../units.ts";

/** One piece of content on its way. Sizes in bytes. */
export interface Moving {
  readonly to: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: number;
}

/** What is on its way at the moment. */
export interface Transfers {
  hear(event: Event): void;
  /** Largest first. */
  active(): readonly Moving[];
}

/** Keeps account of transfers from their events. */
export function transfers(): Transfers {
  const moving = new Map<string, Moving>();
  return {
    hear(event) {
      if (event.kind !== "transfer") return;
      const { to, descriptor, state, bytes } = event;
      const key = `${to} ${descriptor.digest}`;
      if (state === "started" || state === "progress") moving.set(key, { to, digest: descriptor.digest, size: descriptor.size, bytes });
      else moving.delete(key);
    },
    active: () => [...moving.values()].sort((a, b) => b.size - a.size),
  };
}

/** All that is on its way in one line, or undefined. */
export function progressLine(all: Transfers): string | undefined {
  const active = all.active();
  if (active.length === 0) return undefined;
  const bytes = active.reduce((sum, one) => sum + one.bytes, 0);
  const size = active.reduce((sum, one) => sum + one.size, 0);
  const places = [...new Set(active.map(({ to }) => to))].join(", ");
  return `${formatBytes(bytes)} of ${formatBytes(size)} on the way to ${places}`;
}
