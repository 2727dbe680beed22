import type { Descriptor, Digest } from "../../oci/index.ts";
import { catalogEntry } from "../catalog.ts";
import type { HeldManifest, Waiting } from "../store.ts";
import { changeFallback } from "./fallback-tag.ts";
import { apiReferrers } from "./referrers.ts";
import type { RepositoryAt } from "./repository-calls.ts";

/** A manifest's subject, and how the manifest stands in the subject's list. */
function attachment({ descriptor, bytes }: HeldManifest): { readonly subject: Digest; readonly referrer: Descriptor } | undefined {
  const { subject, referrer } = catalogEntry(descriptor, bytes);
  return subject === undefined ? undefined : { subject, referrer };
}

/**
 * Sees to it that a manifest with a subject is listed (OCI distribution-spec, "Pushing Manifests with Subject"): by the API where the
 * registry has one, else at the fallback tag.
 */
export async function ensureListed(at: RepositoryAt, held: HeldManifest, options?: Waiting): Promise<void> {
  const attached = attachment(held);
  if (attached === undefined) return;
  const { subject, referrer } = attached;
  if ((await apiReferrers(at, subject, options)) !== undefined) return;
  await changeFallback(
    at,
    subject,
    (listed) => (listed.some(({ digest }) => digest === referrer.digest) ? undefined : [...listed, referrer]),
    options,
  );
}

/** Takes a manifest that is deleted out of its subject's fallback list, where the registry keeps no list itself. */
export async function ensureUnlisted(at: RepositoryAt, held: HeldManifest, options?: Waiting): Promise<void> {
  const attached = attachment(held);
  if (attached === undefined) return;
  const { subject, referrer } = attached;
  if ((await apiReferrers(at, subject, options)) !== undefined) return;
  const without = (listed: readonly Descriptor[]): readonly Descriptor[] => listed.filter(({ digest }) => digest !== referrer.digest);
  await changeFallback(at, subject, (listed) => (without(listed).length === listed.length ? undefined : without(listed)), options);
}
