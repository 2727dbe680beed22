import { rm } from "node:fs/promises";
import type { CommitFromEnvironment, ImageSettings, Settings } from "../config/index.ts";
import { type Elsewhere, openRepository, type Repository } from "../git/index.ts";
import type { Emit, Report } from "../report/index.ts";
import { chooseCommit } from "./commit.ts";
import { planLines } from "./describe.ts";
import { gitHistory, pushed } from "./git-history.ts";
import { chosenImages, type Registries } from "./inputs.ts";
import { makePlan } from "./plan.ts";
import { publishImage } from "./publish.ts";
import type { RunFacts } from "./record.ts";
import { reportOf } from "./report.ts";
import { scratchFolder } from "./scratch.ts";
import { starting } from "./smoke.ts";
import { stepper } from "./step.ts";
import type { Known, Plan, PublishedCommit } from "./types.ts";
import { openingWorkshop } from "./workshop.ts";

/** What publishing a repository's images takes. */
export interface PublishOptions {
  /** A folder in the git repository. */
  readonly repo: string;
  /** The forge that the repository comes from, where it can be asked for the history. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Reads the settings, once the repository and the commit are known. */
  readonly settings: (repository: Repository) => Promise<Settings>;
  /** `--commit`: a full object name. */
  readonly commit?: string | undefined;
  readonly environment?: CommitFromEnvironment | undefined;
  /** Names of the images to publish; all unless given. */
  readonly only?: readonly string[] | undefined;
  readonly dryRun: boolean;
  /** Accept images without a revision label as this commit's. */
  readonly adopt: boolean;
  readonly registries: Registries;
  /** The environment that engines run in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly facts: RunFacts;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Publishes the commit's images: every image that the settings name, one after the other. A failure of one does not stop
 * the next; all stand in the report.
 * @throws Failure NOT_A_REPOSITORY, COMMIT_UNKNOWN, COMMIT_ABBREVIATED, CONFIG_INVALID and the like, before any image is begun
 */
export async function publishRepository(options: PublishOptions): Promise<Report> {
  await using repository = await openRepository(options.repo, options);
  return await publishCommit(repository, await options.settings(repository), options);
}

/** The same in a repository that is open, by settings that were read. */
export async function publishCommit(repository: Repository, settings: Settings, options: PublishOptions): Promise<Report> {
  const warnings: { readonly text: string; readonly hint?: string | undefined }[] = [];
  const emit: Emit = (event) => {
    if (event.kind === "message" && event.level === "warning") warnings.push({ text: event.text, hint: event.hint });
    options.emit(event);
  };
  const step = stepper(emit, options.signal);
  const images = chosenImages(settings, options.only);
  const branches = branchesOf(images);
  let mentioned: Promise<void> | undefined;
  const meanwhile = (mention: Promise<void>): void => {
    mentioned = mention;
  };
  const commit = await step("commit", () => chooseCommit(repository, { ...options, branches }, emit, meanwhile), describeCommit);
  const published: { readonly image: ImageSettings; readonly known: Known }[] = [];
  for (const image of images) {
    if (images.length > 1) emit({ kind: "message", level: "info", text: `image ${image.name}` });
    published.push({ image, known: await publishOne(image, commit, repository, { ...options, emit }) });
  }
  await mentioned;
  return reportOf({ commit, published, steps: step.timings, warnings, dryRun: options.dryRun, facts: options.facts });
}

/** The branches that images are published from, and that their tags follow. */
function branchesOf(images: readonly ImageSettings[]): readonly string[] {
  return [...new Set(images.flatMap((image) => [...image.branches, ...image.moving.map(({ branch }) => branch)]))];
}

async function publishOne(image: ImageSettings, commit: PublishedCommit, repository: Repository, options: PublishOptions): Promise<Known> {
  const { emit, signal, registries, adopt } = options;
  // Where nothing is built nothing needs the disk, so a full or read-only one does not matter then.
  let made: Promise<string> | undefined;
  const scratch = (): Promise<string> => {
    made ??= scratchFolder();
    return made;
  };
  const plan = async (): Promise<Plan> => {
    // Its files are listed meanwhile: only an image that is there already needs none.
    if (!options.dryRun) (await repository.tree(commit.sha, image.build.context)).prepare?.();
    const planned = await makePlan(commit, {
      image,
      repository,
      adopt,
      storeFor: ({ host, repository: name }) => registries.repository({ host, repository: name }),
    });
    for (const line of planLines(planned)) emit({ kind: "message", level: "info", text: line });
    return planned;
  };
  try {
    return await publishImage({
      plan,
      open: openingWorkshop(image, { sha: commit.sha, repository }, scratch, options),
      ancestors: {
        list: (depth) => repository.ancestors(commit.sha, depth),
        differs: (ancestor, counts) => repository.differs(commit.sha, ancestor, image.build.context, counts),
      },
      history: () => gitHistory(repository, { ...pushed(options.environment), emit }),
      start: starting(image.smoke, options.env, { emit, signal }),
      facts: options.facts,
      emit,
      signal,
      dryRun: options.dryRun,
    });
  } finally {
    await made?.then(
      (dir) => rm(dir, { recursive: true, force: true }),
      () => {},
    );
  }
}

function describeCommit({ sha, branch, from, subject }: PublishedCommit): string {
  return `${sha} (${from}${branch === undefined ? "" : `, ${branch}`}): ${subject}`;
}
