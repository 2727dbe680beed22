import { engineFor, fillTemplate } from "../build/index.ts";
import { type DestinationSettings, type ImageSettings, placeFacts } from "../config/index.ts";
import { Failure, toFailure } from "../failure/index.ts";
import type { Repository } from "../git/index.ts";
import { parsePlatform, parseTag, rfc3339, type Tag } from "../oci/index.ts";
import type { Store } from "../store/index.ts";
import { gapInputs } from "./inputs.ts";
import type { BuildPlan, Destination, DockerfileText, Plan, PublishedCommit } from "./types.ts";

/** What a plan is made of besides the commit. */
export interface PlanOptions {
  readonly image: ImageSettings;
  readonly repository: Repository;
  readonly storeFor: (destination: DestinationSettings) => Store;
  readonly adopt: boolean;
}

/**
 * Step 2: destinations × tags, engine and platform. Reads the commit's Dockerfile; asks no registry.
 * @throws Failure CONFIG_MISSING, PLATFORM_INVALID, REFERENCE_INVALID
 */
export async function makePlan(commit: PublishedCommit, { image, repository, storeFor, adopt }: PlanOptions): Promise<Plan> {
  const [first, ...others] = image.destinations.map((settings, index) => destinationOf(settings, index, storeFor(settings)));
  if (first === undefined)
    throw new Failure("CONFIG_MISSING", `the image ${image.name} has no destination`, { hint: "Give --to HOST/REPOSITORY." });
  return {
    image,
    commit,
    destinations: [first, ...others],
    releaseTag: parseTag(fillTemplate(image.release, commitWords(commit), "tags.release")),
    moving: image.moving.map((moving) => ({ ...moving, tag: parseTag(moving.tag) })),
    platform: parsePlatform(image.build.platform),
    build: await buildPlan({ sha: commit.sha, name: `commit ${commit.sha}`, repository }, image),
    source: image.source ?? (await repository.source()),
    adopt,
  };
}

/** The release tag of another commit, by the template that the configuration gives. */
export function releaseTagOf({ image }: Pick<Plan, "image">, sha: string): Tag {
  return parseTag(image.release.replaceAll("{sha}", sha));
}

/** What a stamp says of a commit. */
export type CommitWords = Pick<PublishedCommit, "tree" | "committedAt"> & { readonly sha: string };

/** What templates may say of a commit. */
export function commitWords(commit: CommitWords): { sha: string; short: string; tree: string; date: string } {
  return { sha: commit.sha, short: commit.sha.slice(0, 12), tree: commit.tree, date: rfc3339(commit.committedAt) };
}

function destinationOf(settings: DestinationSettings, index: number, store: Store): Destination {
  return { name: `${settings.host}/${settings.repository}`, store, primary: index === 0, trusted: settings.trusted };
}

/** The files that a Dockerfile is among, and how messages call them. */
interface NamedTree {
  readonly sha: string;
  readonly name: string;
  readonly repository: Repository;
}

/** A Dockerfile that is missing or wrong matters only when something has to be built. */
export async function buildPlan(from: NamedTree, image: Pick<ImageSettings, "build">): Promise<BuildPlan> {
  const { build } = image;
  try {
    const dockerfile = await readDockerfile(from, build);
    const inputs = gapInputs(image, from.sha, from.repository, dockerfile.ignore);
    const { name, why } = await engineFor(build.engine, dockerfile, { target: build.target, inputs });
    return { kind: "build", engine: name, why, dockerfile };
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.code === "DEFECT") throw failure;
    return { kind: "impossible", failure };
  }
}

async function readDockerfile(
  { sha, name, repository }: NamedTree,
  { file, fileFrom, context }: ImageSettings["build"],
): Promise<DockerfileText> {
  const bytes = await repository.readFile(sha, file);
  if (bytes === undefined) {
    const place = placeFacts(fileFrom);
    const from = place["file"] === undefined ? "" : `${fileFrom}: `;
    throw new Failure("DOCKERFILE_MISSING", `${from}${name} has no file ${file}`, {
      hint: "Name the Dockerfile with --file, relative to the repository's root, and see that it is committed.",
      facts: { ...place, dockerfile: file, commit: sha },
    });
  }
  const beside = await repository.readFile(sha, `${file}.dockerignore`);
  const ignore = beside ?? (await repository.readFile(sha, context === "." ? ".dockerignore" : `${context}/.dockerignore`));
  const decode = (content: Uint8Array) => new TextDecoder().decode(content);
  return { name: file, text: decode(bytes), ignore: ignore && decode(ignore) };
}
