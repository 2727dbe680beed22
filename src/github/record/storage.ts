import type { ImageReport, Report } from "../../report/index.ts";
import { type Answered, type Asking, field } from "./asking.ts";

/** What became of an image's storage records. */
export interface Stored {
  /** Destinations that are written down now. */
  readonly written: readonly string[];
  readonly refused?: Extract<Answered, { ok: false }> | undefined;
}

/**
 * Writes down where an image is stored: a record for each destination that has it under its release tag and has none yet, in the
 * organization that owns the repository (GitHub Docs, "REST API endpoints for artifact metadata").
 */
export async function writeStorageRecords({ commit }: Report, image: ImageReport, repository: string, ask: Asking): Promise<Stored> {
  const { digest, name, destinations } = image;
  const released = destinations.filter((one) => one.released);
  if (digest === undefined || released.length === 0) return { written: [] };
  const [owner = "", project = ""] = repository.split("/");
  const there = await ask("GET", `/orgs/${owner}/artifacts/${digest}/metadata/storage-records`);
  // An artifact that GitHub knows nothing of is not there, like an organization that it does not have: writing tells them apart.
  if (!there.ok && there.status !== 404) return { written: [], refused: there };
  const records = there.ok ? field(there.json, "storage_records") : [];
  const written: string[] = [];
  for (const one of released) {
    const at = one.name.indexOf("/");
    const [registry, path] = [`https://${one.name.slice(0, at)}`, one.name.slice(at + 1)];
    const known =
      Array.isArray(records) &&
      records.some((record) => same(field(record, "registry_url"), registry) && field(record, "repository") === path);
    if (known) continue;
    const answer = await ask("POST", `/orgs/${owner}/artifacts/metadata/storage-record`, {
      name,
      digest,
      version: commit.sha,
      registry_url: registry,
      artifact_url: `${registry}/v2/${path}/manifests/${digest}`,
      repository: path,
      status: "active",
      github_repository: project,
    });
    if (!answer.ok) return { written, refused: answer };
    written.push(one.name);
  }
  return { written };
}

function same(url: unknown, registry: string): boolean {
  return typeof url === "string" && url.replace(/\/+$/, "") === registry;
}
