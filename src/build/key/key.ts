import { type Digest, digestOf, formatPlatform, machinePlatform, type Platform } from "../../oci/index.ts";
import { foreignFrontend, unpacks } from "../assemble/gaps.ts";
import { withoutIgnored } from "../assemble/ignore.ts";
import { type Instruction, parseDockerfile } from "../dockerfile/parse.ts";
import { fromFlag } from "../dockerfile/stages.ts";
import type { BaseImage, BuildRequest, ContextEntry, FoundImage } from "../engine.ts";
import { entryAt } from "../ordered.ts";
import { filesOf } from "./files.ts";
import { agesOf, historyUnfit, isRemote, remoteUnfit } from "./limits.ts";
import type { KeyPart } from "./part.ts";
import { reach } from "./reach.ts";
import { selection } from "./select.ts";

/** The content key of a build: a digest over all that can change its content. */
export interface ContentKey {
  readonly key: Digest;
  /** What it is made of, sorted by kind and name; put together when it is first asked for. */
  readonly parts: readonly KeyPart[];
  /** The parts among them that are build arguments: these are had without the files'. */
  readonly arguments: readonly KeyPart[];
  /**
   * Whether the key holds the file or link at a path of the context as git has it: where that differs in another commit, the key does.
   * Of files that are converted or made by a build step, that cannot be said.
   */
  readonly holds: (path: string) => boolean;
  /** Whether content of this key grows old: a program ran that may have seen more than the key holds. */
  readonly ages: boolean;
  /** Why content of this key must not be reused, where that is so. */
  readonly unfit: string | undefined;
  readonly bases: readonly BaseImage[];
  /** What each image's name was resolved to, `NAME` → `HOST/REPOSITORY@DIGEST`: what is built is built upon just these. */
  readonly pins: Readonly<Record<string, string>>;
}

/** What the content key is made of: everything that an engine is asked to build, and what the stamp sets. */
export interface KeyRequest extends Pick<BuildRequest, "context" | "dockerfile" | "target" | "args" | "platform" | "epoch" | "images"> {
  /** The engine, and for those that pack layers themselves how. */
  readonly engine: string;
  /** Names that the stamp sets: a name that it no longer sets would stay in the image. */
  readonly stamped: readonly string[];
  /** The platform of the machine that builds; this one's unless given. */
  readonly builder?: Platform | undefined;
  /** Name or address of a builder that is not this machine. */
  readonly at?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Raised when what a key is made of changes: keys of before are no longer found, and the next build is a real one. */
const format = "4";
/**
 * Raised when assemble makes other layers of the same archives and images: the same key is to mean the same diff_ids. What copies nothing
 * but files of the context keeps its key. 2: hard links stay links.
 */
const links = "2";

/**
 * Computes the content key: the same inputs give the same key, on every machine and in every folder. Files count by the identity
 * that git has for them; only those that git does not know are read.
 * @throws Failure DOCKERFILE_INVALID, CONTEXT_INVALID; BASE_MISSING where an image cannot be resolved
 */
export async function contentKey(request: KeyRequest): Promise<ContentKey> {
  const { context, platform, args, signal } = request;
  const dockerfile = parseDockerfile(request.dockerfile);
  const entries = withoutIgnored(await context.entries(), request.dockerfile.ignore);
  const selected = selection(entries);
  const parts = new Map<string, KeyPart>();
  const add = (kind: string, name: string, value: string): void => void parts.set(`${kind}\0${name}`, { kind, name, value });
  const images = resolver(request, (name, found) => add("base", name, found.root.digest));
  const instructions: Instruction[] = [];
  let unfit: string | undefined;

  add("setting", "format", format);
  add("setting", "engine", request.engine);
  add("setting", "platform", formatPlatform(platform));
  add("setting", "epoch", String(request.epoch));
  add("setting", "escape", dockerfile.escapeChar);
  add("setting", "stamp", request.stamped.toSorted().join(" "));
  // Arguments by which the builder itself is steered need no declaration.
  for (const [name, value] of Object.entries(args)) if (/^(?:BUILDKIT_.*|SOURCE_DATE_EPOCH)$/s.test(name)) add("argument", name, value);

  const foreign = foreignFrontend(dockerfile.syntax);
  if (dockerfile.syntax !== undefined && (foreign || !request.engine.startsWith("assemble"))) {
    add("frontend", dockerfile.syntax, (await images.resolve(dockerfile.syntax)).root.digest);
  }
  if (foreign) {
    add("instruction", "all", request.dockerfile.text);
    for (const [name, value] of Object.entries(args)) add("argument", name, value);
    selected.all();
  }
  await reach({
    dockerfile,
    target: request.target,
    args,
    platform,
    builder: request.builder ?? machinePlatform(),
    far: !/^(?:assemble|buildah) /.test(request.engine),
    image: images.base,
    instruction(instruction, place) {
      instructions.push(instruction);
      add("instruction", place, [instruction.text, ...instruction.heredocs.map(({ content }) => content)].join("\n"));
    },
    argument(name, value, ofBuilder) {
      add("argument", name, value);
      if (ofBuilder && request.at !== undefined) add("setting", "builder", request.at);
    },
    stage: (place, name, stage) => add("stage", `${place} ${name}`, String(stage)),
    source(source, excludes, instruction) {
      if (isRemote(source)) unfit ??= remoteUnfit(source, instruction);
      else selected.add(source, excludes);
    },
    secret: (type, id) => add("secret", `${type} ${id}`, ""),
  });
  if (request.engine.startsWith("assemble ") && instructions.some((one) => unpacks(one) || fromFlag(one) !== undefined))
    add("setting", "links", links);
  const chosen = selected.entries();
  const files = await filesOf(chosen, context, signal);
  const others = sorted([...parts.values()]);
  let all: readonly KeyPart[] | undefined;
  return {
    key: digestOf(`${JSON.stringify(others.map(({ kind, name, value }) => [kind, name, value]))}\0${files.digest}`),
    get parts() {
      all ??= sorted([...others, ...files.parts()]);
      return all;
    },
    arguments: others.filter(({ kind }) => kind === "argument"),
    holds: (path) => isAsInGit(entryAt(chosen, path)),
    ages: foreign || agesOf(instructions),
    unfit: unfit ?? historyUnfit(entries),
    bases: images.bases(),
    pins: images.pins(),
  };
}

function isAsInGit(entry: ContextEntry | undefined): boolean {
  return entry?.kind === "symlink" || (entry?.kind === "file" && entry.id !== undefined);
}

/** Resolves each name once, so that the key and the build see the same image. */
function resolver({ images, signal }: KeyRequest, hear: (name: string, found: FoundImage) => void) {
  const found = new Map<string, Promise<FoundImage>>();
  const bases = new Map<string, FoundImage>();
  const resolve = (name: string): Promise<FoundImage> => {
    const known = found.get(name) ?? images.image(name, signal);
    found.set(name, known);
    return known;
  };
  return {
    resolve,
    async base(name: string): Promise<FoundImage> {
      const image = await resolve(name);
      bases.set(name, image);
      hear(name, image);
      return image;
    },
    bases: (): readonly BaseImage[] => [...bases].map(([name, { root }]) => ({ name, digest: root.digest })),
    pins: () => Object.fromEntries([...bases].map(([name, { pinned }]) => [name, pinned])),
  };
}

function sorted(parts: readonly KeyPart[]): readonly KeyPart[] {
  return parts.toSorted((a, b) => order(a.kind, b.kind) || order(a.name, b.name));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
