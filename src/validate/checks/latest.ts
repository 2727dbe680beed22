import type { Check } from "../check.ts";

/** Whether a moving tag names this image, by root digest: two that only share a config or a child are not the same. */
export const latest: Check = {
  name: "latest",
  async run({ subject: { store, root, expected } }, signal) {
    const tag = expected.latest;
    if (tag === undefined) return [];
    const holds = await store.resolve(tag, { signal });
    if (holds === undefined) return [{ level: "note", code: "latest-absent", message: `${store.name} has no tag ${tag}` }];
    if (holds.digest === root.digest) return [];
    return [{ level: "note", code: "latest-differs", message: `${tag} names another image: ${holds.digest}` }];
  },
};
