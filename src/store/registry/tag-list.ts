import { isTag, type Tag } from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { readJson } from "./body.ts";
import { nextPage } from "./link.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";
import { protocolFailure } from "./wire-failure.ts";

/** Asked for at once; the most that ECR allows. */
const pageSize = 1000;
const pageLimit = 16 * 1024 * 1024;
const mostPages = 10_000;
const mostTags = 1_000_000;

/**
 * All tags in lexical order (OCI distribution-spec, "Listing Tags"). Not every registry sorts, so all are read first.
 * @throws Failure REGISTRY_PROTOCOL where the list does not end, and what the registry's answers are
 */
export async function listTags(at: RepositoryAt, options?: Waiting): Promise<readonly Tag[]> {
  const tags = new Set<Tag>();
  const seen = new Set<string>();
  let to: string | URL | undefined = `tags/list?n=${pageSize}`;
  while (to !== undefined) {
    const page: { readonly tags: readonly Tag[]; readonly next: URL | undefined } = await ask(
      at,
      { method: "GET", to, headers: { accept: "application/json" }, access: "pull", accept: [200, 404], ...waiting(options) },
      async (answer) => {
        if (answer.status === 404) {
          await answer.discard();
          return { tags: [], next: undefined };
        }
        const { tags: listed } = await readJson(answer, pageLimit);
        if (listed !== null && listed !== undefined && !Array.isArray(listed))
          throw protocolFailure(answer, "the answer's tags are no list");
        const next = nextPage(answer);
        if (next !== undefined && (seen.has(next.href) || seen.size >= mostPages))
          throw protocolFailure(answer, "the list of tags does not end");
        return { tags: (listed ?? []).filter((tag: unknown) => typeof tag === "string" && isTag(tag)), next };
      },
    );
    for (const tag of page.tags) tags.add(tag);
    to = page.next;
    if (to !== undefined) seen.add(to.href);
    if (tags.size > mostTags) throw protocolFailure({ method: "GET", url: at.registry.base }, `${at.name} has more than ${mostTags} tags`);
  }
  return [...tags].sort();
}
