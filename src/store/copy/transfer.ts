import type { Descriptor } from "../../oci/index.ts";
import type { Emit } from "../../report/index.ts";
import type { Source, Store, Written } from "../store.ts";

/** Shortest time between two progress events of one blob, in milliseconds. */
const progressMs = 100;

/**
 * Writes one blob and tells how it goes. The target reads from the source only when it lacks the blob.
 */
export async function transfer(
  to: Store,
  descriptor: Descriptor,
  open: () => Promise<Source>,
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<Written> {
  const event = { kind: "transfer", to: to.name, descriptor } as const;
  const began = performance.now();
  let told = 0;
  const outcome = await to.write(descriptor, await open(), {
    signal,
    onProgress(bytes) {
      const now = performance.now();
      if (told === 0) emit({ ...event, state: "started", bytes: 0 });
      else if (now - told < progressMs) return;
      told = now;
      emit({ ...event, state: "progress", bytes });
    },
  });
  emit({ ...event, state: outcome, bytes: outcome === "written" ? descriptor.size : 0, ms: performance.now() - began });
  return outcome;
}
