import { parseEcrHost } from "../config/index.ts";
import type { Found } from "./find.ts";
import { otherService } from "./service.ts";

/** How the workflow publishes: by make targets that init writes, by the repository's own, or by the wrapper alone. */
export type Make = "write" | "own" | "none";

/** What the person who runs init has said. */
export interface Given {
  readonly image?: readonly string[] | undefined;
  readonly registry?: readonly string[] | undefined;
  readonly role?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly context?: string | undefined;
  readonly platform?: string | undefined;
  readonly branch?: readonly string[] | undefined;
  readonly make?: Make | undefined;
  /** Whose workflow is written. */
  readonly ci?: "github" | "none" | undefined;
  readonly packageManager?: "npm" | "yarn" | "none" | undefined;
}

/** What is known of a setup, by the repository and by what was said; what is undefined has to be asked. */
export type Answers = { readonly [Name in keyof Required<Given>]: Required<Given>[Name] | undefined };

/** A setup whose every value is known. */
export interface Setup {
  readonly images: readonly SetupImage[];
  /** Hosts; the first is the primary. */
  readonly registries: readonly string[];
  /** The role at AWS; of an ECR registry only. */
  readonly role: string | undefined;
  readonly platform: string;
  readonly branches: readonly string[];
}

/** One image of a setup. */
export interface SetupImage {
  /** What `--image` takes. */
  readonly name: string;
  readonly image: string;
  readonly file: string;
  readonly context: string;
}

/** What was said, and what the repository suggests where nothing was. */
export function answered(given: Given, found: Found): Answers {
  const [first] = found.dockerfiles;
  return {
    image: given.image ?? suggestedImages(given.file ?? [], found),
    registry: given.registry,
    role: given.role,
    file: given.file ?? (first === undefined ? undefined : [first]),
    context: given.context,
    platform: given.platform ?? "linux/amd64",
    branch: given.branch ?? [found.branch],
    ci: given.ci ?? (otherService(found.remote?.host) === undefined ? "github" : "none"),
    make: given.make ?? (found.ownTargets ? "own" : taken(found) ? "none" : "write"),
    packageManager: given.packageManager ?? found.packageManager ?? "none",
  };
}

/** Whether a target that init would write is there already, and does something else. */
export function taken({ makefile, ownTargets }: Found): boolean {
  return !ownTargets && targets.some((name) => makefile.own.has(name));
}

/** The make targets that init writes. */
const targets = ["push-ci", "docker-validate"] as const;

/** Names of flags whose values are still needed. */
export function missing({ image, registry, role, file, ci }: Answers): readonly string[] {
  // GHCR's repositories have an owner.
  const ownerless = registry?.includes("ghcr.io") === true && image?.some((one) => !one.includes("/")) === true;
  return [
    ...(file === undefined ? ["--file"] : []),
    ...(image === undefined || ownerless ? ["--image"] : []),
    ...(registry === undefined ? ["--registry"] : []),
    ...(role === undefined && ci === "github" && registry?.some((host) => parseEcrHost(host) !== undefined) ? ["--role"] : []),
  ];
}

/** A repository's name at its remote, or its folder's, as the name of an image; with several Dockerfiles one for each, and the root's has it alone. */
function suggestedImages(files: readonly string[], { remote, root }: Found): readonly string[] | undefined {
  const words = remote === undefined ? [root.split(/[\\/]/).at(-1) ?? ""] : [...remote.owner.split("/"), remote.name];
  const parts = words.map(asComponent);
  if (parts.includes("")) return undefined;
  const base = parts.join("/");
  return files.length < 2 ? [base] : files.map((file) => (/^[^/.]+$/.test(file) ? base : `${base}-${imageName(file)}`));
}

/** What an image of several is called: by its Dockerfile's folder, or by what follows the point. */
export function imageName(file: string): string {
  const parts = file.split("/");
  const [base = "", folder] = [parts.at(-1), parts.at(-2)];
  const suffix = base.replace(/^(?:Dockerfile|Containerfile)\.?/i, "").replace(/\.(?:dockerfile|containerfile)$/i, "");
  return asComponent(suffix || (folder ?? "")) || "app";
}

/** Text as a part of a repository's name (distribution-spec, "Pulling manifests"). */
function asComponent(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
