import type { Digest } from "../oci/index.ts";
import type { Layering, Store } from "./store.ts";

/**
 * A store with content that other stores lend to it, by digest: what it has itself is read from it, the rest where it lies. It is
 * written to like the store itself, and nothing of what is lent is asked for before somebody needs it.
 */
export function lentStore(own: Store, lent: ReadonlyMap<Digest, Store>): Store & Layering {
  const holder: Layering["holder"] = async (descriptor, options) => {
    const other = lent.get(descriptor.digest);
    return other === undefined || (await own.has(descriptor, options)) ? own : other;
  };
  return {
    name: own.name,
    resolve: (reference, options) => own.resolve(reference, options),
    has: async (descriptor, options) => await (await holder(descriptor, options)).has(descriptor, options),
    async *read(descriptor, options) {
      yield* (await holder(descriptor, options)).read(descriptor, options);
    },
    write: (descriptor, source, options) => own.write(descriptor, source, options),
    tag: (tag, descriptor, options) => own.tag(tag, descriptor, options),
    tags: (options) => own.tags(options),
    holder,
  };
}
