import { assembleEngine, type Engine } from "../../src/build/index.ts";
import type { ImageSettings } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { parseCommitSha } from "../../src/git/index.ts";
import { type Digest, isDigest, parsePlatform, parseTag, type Tag } from "../../src/oci/index.ts";
import type { History } from "../../src/publish/history.ts";
import { publishImage } from "../../src/publish/publish.ts";
import type { Known, Plan } from "../../src/publish/types.ts";
import { type MemoryStore, memoryStore, type Referring, type Store } from "../../src/store/index.ts";
import { aContext } from "../support/context.ts";
import { elfProgram } from "../support/elf.ts";

/** A commit of a history in memory. */
export interface ModelCommit {
  readonly sha: string;
  /** Indexes of the parents, the first parent first. */
  readonly parents: readonly number[];
  /** Which content its image has; below 0 one that fails its checks. */
  readonly content: number;
}

/** What goes wrong for one run of a publisher. */
export interface Trouble {
  /** Of this many operations at a registry, one fails; 0 for none. */
  readonly faultEvery: number;
  /** The operation after which the process is dead, or undefined. */
  readonly crashAfter: number | undefined;
}

const platform = parsePlatform("linux/amd64");
const latest = parseTag("latest");
const dockerfile = { name: "Dockerfile", text: 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n', ignore: undefined };
const good = elfProgram("amd64", "ok\n");
const bad = elfProgram("arm64", "no\n");

const image: ImageSettings = {
  name: "app",
  build: {
    context: ".",
    file: "Dockerfile",
    platform: "linux/amd64",
    engine: "assemble",
    args: {},
    contexts: {},
    stamp: { env: {}, labels: {} },
    generated: [],
    epoch: 0,
    secrets: {},
    ssh: [],
    cache: { type: "none", mode: "max", timeoutMs: 1 },
    reuse: { enabled: true, depth: 50, maxAgeMs: 1 },
    compression: "gzip",
  },
  destinations: [],
  branches: ["main"],
  release: "{sha}",
  moving: [{ tag: "latest", branch: "main", policy: "forward" }],
};

/** Registries, a history, and publishers whose steps take turns as the random numbers say. */
export class World {
  readonly places: readonly MemoryStore[];
  /** What was found wrong while things happened. */
  readonly wrongs: string[] = [];
  readonly #commits: readonly ModelCommit[];
  readonly #bySha: ReadonlyMap<string, number>;
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  /** Whether one publisher runs and no other: then nobody can have moved a tag between its look and its write. */
  #alone = false;
  /** How many commits are pushed so far. */
  pushed: number;
  /** Whether two builds of one commit differ. */
  readonly noisy: boolean;

  constructor(commits: readonly ModelCommit[], destinations: number, noisy: boolean, random: () => number) {
    this.#commits = commits;
    this.#bySha = new Map(commits.map(({ sha }, index) => [sha, index]));
    this.places = Array.from({ length: destinations }, (_, index) => memoryStore({ name: `r${index}.example/app` }));
    this.#random = random;
    this.noisy = noisy;
    this.pushed = commits.length;
  }

  /** Runs publishers to their ends, their operations in random turns. */
  async together(runs: readonly (() => Promise<unknown>)[]): Promise<void> {
    let left = runs.length;
    this.#alone = runs.length === 1;
    const all = Promise.all(
      runs.map((run) =>
        run().finally(() => {
          left -= 1;
        }),
      ),
    );
    while (left > 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      next?.();
    }
    await all;
  }

  /** One run of a publisher for a commit. */
  async publish(index: number, trouble: Trouble = { faultEvery: 0, crashAfter: undefined }): Promise<Known> {
    const commit = this.#commits[index];
    if (commit === undefined) throw new Error("no such commit");
    let operations = 0;
    const stores = this.places.map((place) => this.#client(place, trouble, () => ++operations));
    const [first, ...others] = stores.map((store, at) => ({ name: store.name, store, primary: at === 0, trusted: false }));
    if (first === undefined) throw new Error("no destination");
    const plan: Plan = {
      image,
      commit: {
        sha: parseCommitSha(commit.sha),
        tree: commit.sha,
        parents: [],
        committedAt: 1_700_000_000 + index * 60,
        branch: "main",
        from: "--commit",
        subject: "",
      },
      destinations: [first, ...others],
      releaseTag: parseTag(commit.sha),
      moving: [{ tag: latest, branch: "main", policy: "forward" }],
      platform,
      build: { kind: "build", engine: "assemble", why: "", dockerfile },
      source: undefined,
      adopt: false,
    };
    const app = commit.content < 0 ? bad : Buffer.concat([good, Buffer.from(`${commit.content}`)]);
    return await publishImage({
      plan: async () => plan,
      open: async () => ({
        context: aContext({ app: { content: app, mode: 0o755 } }),
        images: { image: async () => Promise.reject(new Failure("BASE_MISSING", "there is none")) },
        extras: {},
        engine: async () => this.#engine(app),
        store: async () => memoryStore({ name: "the build" }),
      }),
      ancestors: { list: async (depth) => this.#firstParents(index).slice(1, depth + 1), differs: async () => undefined },
      history: () => this.#history(),
      facts: { waybill: "0", startedAt: 0 },
      emit: () => {},
      dryRun: false,
    });
  }

  /** An engine that, where the world is noisy, never gives the same bytes twice, as programs that are run do. */
  #engine(app: Uint8Array): Engine {
    const engine = assembleEngine();
    return {
      name: engine.name,
      build: async (request, into, options) => {
        const noise = this.noisy ? Buffer.from(`${this.#random()}`) : Buffer.alloc(0);
        return await engine.build(
          { ...request, context: aContext({ app: { content: Buffer.concat([app, noise]), mode: 0o755 } }) },
          into,
          options,
        );
      },
    };
  }

  /** The first-parent history of a commit, newest first and with it. */
  #firstParents(index: number | undefined): string[] {
    const shas: string[] = [];
    for (let at = index; at !== undefined; at = this.#commits[at]?.parents[0]) shas.push(this.#commits[at]?.sha ?? "");
    return shas;
  }

  /** Main's tip: the last pushed commit that is on it. Commits of main have an even name. */
  tip(): number | undefined {
    for (let at = this.pushed - 1; at >= 0; at--) if (this.#commits[at]?.sha.endsWith("a")) return at;
    return undefined;
  }

  /** Main's history, newest first. */
  main(): readonly string[] {
    return this.#firstParents(this.tip());
  }

  #history(): History {
    const tip = this.tip();
    return {
      tip: async () => (tip === undefined ? undefined : this.#commits[tip]?.sha),
      isFirstParent: async (sha, of) => this.#firstParents(this.#bySha.get(of)).includes(sha),
      isAncestor: async (ancestor, descendant) => this.#reaches(this.#bySha.get(descendant), ancestor),
      between: async (sha, of) => {
        const all = this.#firstParents(this.#bySha.get(of));
        const at = all.indexOf(sha);
        return at === -1 ? all : all.slice(0, at);
      },
    };
  }

  #reaches(from: number | undefined, sha: string): boolean {
    const commit = from === undefined ? undefined : this.#commits[from];
    return commit !== undefined && (commit.sha === sha || commit.parents.some((parent) => this.#reaches(parent, sha)));
  }

  /** A registry as one publisher sees it: every operation waits for its turn, may fail before or after it is done, or be its last. */
  #client(place: MemoryStore, { faultEvery, crashAfter }: Trouble, count: () => number): Store & Referring {
    const operate = async <T>(work: () => Promise<T>): Promise<T> => {
      const dead = (): boolean => crashAfter !== undefined && count() > crashAfter;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (dead()) throw new Failure("REGISTRY_UNREACHABLE", "the publisher is dead");
      const fault = faultEvery > 0 && this.#random() * faultEvery < 1;
      if (fault && this.#random() < 0.5) throw new Failure("REGISTRY_UNREACHABLE", "before it was done");
      const done = await work();
      if (fault) throw new Failure("REGISTRY_UNREACHABLE", "after it was done");
      return done;
    };
    return {
      name: place.name,
      resolve: (reference) => operate(() => place.resolve(reference)),
      has: (descriptor) => operate(() => place.has(descriptor)),
      async *read(descriptor) {
        yield* await operate(async () => await Array.fromAsync(place.read(descriptor)));
      },
      write: (descriptor, source) => operate(() => place.write(descriptor, source)),
      tag: (tag, descriptor, options) =>
        operate(async () => {
          const held = await place.resolve(tag);
          if (tag !== latest && held !== undefined && held.digest !== descriptor.digest && !options?.ifAbsent) {
            throw new Failure("TAG_IMMUTABLE", `${tag} may not move`);
          }
          const tagged = await place.tag(tag, descriptor, options);
          await this.#judge(place, tag, held?.digest);
          return tagged;
        }),
      tags: () => place.tags(),
      referrers: (subject, options) => operate(() => place.referrers(subject, options)),
    };
  }

  /**
   * What a tag may never come to: another digest under a release tag, an image that fails its checks, a release tag that the primary
   * does not have; and, where one publisher runs alone, an older commit under latest.
   */
  async #judge(place: MemoryStore, tag: Tag, before: Digest | undefined): Promise<void> {
    const now = await place.resolve(tag);
    if (tag !== latest && before !== undefined && now?.digest !== before) this.wrongs.push(`${place.name}:${tag} was changed`);
    const sha = await this.revisionOf(place, now?.digest);
    const commit = this.#commits[this.#bySha.get(sha ?? "") ?? -1];
    if (commit === undefined || commit.content < 0) this.wrongs.push(`${place.name}:${tag} names an image that fails its checks`);
    const [primary] = this.places;
    if (tag !== latest && (await primary?.resolve(tag))?.digest !== now?.digest)
      this.wrongs.push(`${place.name} got ${tag} before the primary`);
    const old = await this.revisionOf(place, before);
    if (tag === latest && this.#alone && old !== undefined && old !== sha && this.#reaches(this.#bySha.get(old), sha ?? "")) {
      this.wrongs.push(`${place.name}:latest went back from ${old} to ${sha}`);
    }
    if (tag !== latest && sha !== tag) this.wrongs.push(`${place.name}:${tag} names an image of ${sha}`);
  }

  /** The commit that an image names. */
  async revisionOf(place: MemoryStore, digest: Digest | undefined): Promise<string | undefined> {
    const root = digest !== undefined && isDigest(digest) ? await place.resolve(digest) : undefined;
    if (root === undefined) return undefined;
    const text = Buffer.concat(await Array.fromAsync(place.read(root))).toString();
    return (JSON.parse(text) as { readonly annotations?: Readonly<Record<string, string>> }).annotations?.[
      "org.opencontainers.image.revision"
    ];
  }
}
