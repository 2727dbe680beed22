import { isDigest } from "../oci/index.ts";
import type { Layering, Store } from "./store.ts";

/**
 * One store over another: what is written stands in the upper one, what is read is looked for there first. The lower one is never
 * written to.
 */
export function layeredStore(upper: Store, lower: Store): Store & Layering {
  return {
    name: lower.name,
    async resolve(reference, options) {
      const found = await upper.resolve(reference, options);
      return found ?? (isDigest(reference) ? await lower.resolve(reference, options) : undefined);
    },
    has: async (descriptor, options) => (await upper.has(descriptor, options)) || (await lower.has(descriptor, options)),
    async *read(descriptor, options) {
      yield* ((await upper.has(descriptor, options)) ? upper : lower).read(descriptor, options);
    },
    write: (descriptor, source, options) => upper.write(descriptor, source, options),
    tag: (tag, descriptor, options) => upper.tag(tag, descriptor, options),
    tags: (options) => upper.tags(options),
    holder: async (descriptor, options) => ((await upper.has(descriptor, options)) ? upper : lower),
  };
}
