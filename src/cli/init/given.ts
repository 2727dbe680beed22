import { type Kind, kinds } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import type { Given } from "../../scaffold/index.ts";
import { checked } from "../checked.ts";

/** Flags of `init` that say what the setup is. */
export interface InitFlags {
  readonly image?: readonly string[];
  readonly registry?: readonly string[];
  readonly role?: string;
  readonly file?: readonly string[];
  readonly context?: string;
  readonly platform?: string;
  readonly branch?: readonly string[];
  /** false for `--no-make`. */
  readonly make?: "write" | "own" | "none" | false;
  readonly ci?: "github" | "none";
  readonly packageManager?: "npm" | "yarn" | "none";
}

/** A registry's host as a person writes it: a single word would be taken for a part of a repository's name elsewhere. */
export const registryHost: Kind = {
  expected: `${kinds.host.expected}, like ghcr.io or localhost:5000`,
  parse: (text) => (/[.:]/.test(text) || text === "localhost" ? kinds.host.parse(text) : undefined),
};

/** What the flags say, each value held against what it may be. @throws Failure USAGE */
export function givenBy({ make, ci, packageManager, ...flags }: InitFlags): Given {
  const given: Given = {
    image: flags.image?.map((value) => checked("--image", value, kinds.repository)),
    registry: flags.registry?.map((value) => checked("--registry", value, registryHost)),
    role: flags.role === undefined ? undefined : checked("--role", flags.role, kinds.role),
    file: flags.file?.map((value) => checked("--file", value, kinds.path)),
    context: flags.context === undefined ? undefined : checked("--context", flags.context, kinds.path),
    platform: flags.platform === undefined ? undefined : checked("--platform", flags.platform, kinds.platform),
    branch: flags.branch?.map((value) => checked("--branch", value, kinds.branchPattern)),
    make: make === false ? "none" : make,
    ci,
    packageManager,
  };
  const [images, files] = [given.image?.length ?? 0, given.file?.length ?? 0];
  if (images > 0 && Math.max(files, 1) !== images)
    throw new Failure("USAGE", `${images} images and ${files} Dockerfiles were named`, {
      hint: "Give one --image for each --file, in the same order.",
    });
  return given;
}
