import assert from "node:assert/strict";
import { type CommitFromEnvironment, type LatestPolicy, loadSettings } from "../../src/config/index.ts";
import { type Descriptor, type Digest, parseTag } from "../../src/oci/index.ts";
import { publishRepository } from "../../src/publish/index.ts";
import type { Event, Report } from "../../src/report/index.ts";
import { anonymous, createRegistryClient, type RegistryStore, readConfig, readManifest } from "../../src/store/index.ts";
import { quick } from "../support/registry-client.ts";

/** What one publication in a test may say. */
export interface PublishSpec {
  readonly repo: string;
  /** `HOST/REPOSITORY`, the first is the primary. */
  readonly to?: readonly string[];
  /** The text of waybill.yaml. */
  readonly config?: string;
  readonly commit?: string;
  readonly environment?: CommitFromEnvironment;
  readonly adopt?: boolean;
  readonly dryRun?: boolean;
  readonly latest?: false | LatestPolicy;
  readonly image?: readonly string[];
  readonly platform?: string;
  readonly context?: string;
  /** Added to the environment that engines and runtimes run in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly emit?: (event: Event) => void;
  /** Stands between the run and each of its destinations. */
  readonly around?: (store: RegistryStore) => RegistryStore;
  readonly signal?: AbortSignal;
}

/** Publishes as the command does, with waits that suit a test. */
export async function publish(spec: PublishSpec): Promise<Report> {
  const emit = spec.emit ?? (() => {});
  await using client = createRegistryClient({ signIn: anonymous, emit, ...quick });
  return await publishRepository({
    repo: spec.repo,
    settings: () =>
      loadSettings({
        readFile: async () => (spec.config === undefined ? undefined : new TextEncoder().encode(spec.config)),
        env: {},
        flags: {
          to: spec.to,
          latest: spec.latest,
          platform: spec.platform,
          context: spec.context,
          file: undefined,
          engine: undefined,
          caFile: undefined,
          images: spec.image,
        },
      }),
    commit: spec.commit,
    environment: spec.environment,
    only: spec.image,
    dryRun: spec.dryRun ?? false,
    adopt: spec.adopt ?? false,
    registries: { repository: (name) => (spec.around ?? ((store) => store))(client.repository(name)) },
    env: { ...process.env, ...spec.env },
    facts: { waybill: "1.2.3", startedAt: Date.now() },
    emit,
    signal: spec.signal,
  });
}

/** A repository as whoever looks at it from outside sees it: its tags with their digests, and the kinds of what refers to each. */
export async function seen(
  repository: string,
): Promise<Readonly<Record<string, { readonly digest: Digest; readonly referrers: readonly (string | undefined)[] }>>> {
  return await withStore(repository, async (store) => {
    const tags = await Array.fromAsync(store.tags());
    const found = await Promise.all(
      tags.map(async (tag) => {
        const { digest } = (await store.resolve(tag)) as Descriptor;
        return [tag, { digest, referrers: (await store.referrers(digest)).map(({ artifactType }) => artifactType) }] as const;
      }),
    );
    return Object.fromEntries(found);
  });
}

/** Tags with their digests only. */
export async function tagsOf(repository: string): Promise<Readonly<Record<string, Digest>>> {
  return Object.fromEntries(Object.entries(await seen(repository)).map(([tag, { digest }]) => [tag, digest]));
}

/** Opens a repository for a test to look into or to prepare. */
export async function withStore<T>(repository: string, work: (store: RegistryStore) => Promise<T>): Promise<T> {
  await using client = createRegistryClient({ signIn: anonymous, emit: () => {}, ...quick });
  const at = repository.indexOf("/");
  return await work(client.repository({ host: repository.slice(0, at), repository: repository.slice(at + 1) }));
}

/** Manifest, config and annotations under a commit's tag. */
export async function readRelease(to: string, sha: string) {
  return await withStore(to, async (store) => {
    const root = await store.resolve(parseTag(sha));
    assert.ok(root);
    const manifest = await readManifest(store, root);
    assert.ok(manifest.kind === "manifest");
    return { root, manifest, config: await readConfig(store, manifest.config), annotations: manifest.annotations ?? {} };
  });
}

/** The outcome of one tag at the first destination. */
export function outcomeOf(report: Report, tag: string, destination = 0): string | undefined {
  return report.images[0]?.destinations[destination]?.tags.find((one) => one.tag === tag)?.outcome;
}

export const latest = parseTag("latest");
