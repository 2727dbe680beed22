import { type ImageSettings, parseEcrHost } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import type { Make } from "./answers.ts";
import { type Makefile, withBlock } from "./makefile.ts";
import type { Pin } from "./pin.ts";
import { makeLines } from "./render/make.ts";
import { type Login, workflow, workflowPath } from "./render/workflow.ts";
import { isWrapper, wrapper, wrapperPath } from "./render/wrapper.ts";
import { isSealed, sealed } from "./seal.ts";

/** A file that init writes. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
  readonly executable?: boolean;
  /** Whether renewing takes nothing away from a file that is there: init wrote it, or writes beside what is the repository's own. */
  readonly ours: (before: string) => boolean;
}

/** What a scaffold is made of. */
export interface ScaffoldParts {
  readonly images: readonly ImageSettings[];
  readonly make: Make;
  readonly ci: "github" | "none";
  readonly packageManager: "npm" | "yarn" | "none";
  readonly makefile: Makefile;
  /** Undefined where the repository's own targets publish. */
  readonly pin: Pin | undefined;
}

/**
 * The workflow, and what it runs.
 * @throws Failure CONFIG_INVALID for what cannot stand in a workflow, CONFIG_MISSING where an ECR registry has no role
 */
export function scaffold(parts: ScaffoldParts): readonly WantedFile[] {
  const { images, make, ci, makefile, pin } = parts;
  const validations = images.map(({ build, destinations: [primary], release }) => ({
    image: `${primary?.host}/${primary?.repository}:${release.replace("{sha}", "SHA")}`,
    platform: build.platform,
  }));
  return [
    ...(ci === "none" ? [] : [{ path: workflowPath, text: sealed(workflowOf(parts, validations), "name: prod\n"), ours: isSealed }]),
    ...(pin === undefined || make === "own" ? [] : [{ path: wrapperPath, text: wrapper(pin), executable: true, ours: isWrapper }]),
    ...(make === "write"
      ? [
          {
            path: makefile.path,
            text: withBlock(makefile, makeLines(validations.map(({ image, platform }) => `${image} --platform ${platform}`))),
            ours: () => true,
          },
        ]
      : []),
  ];
}

interface Validation {
  /** With `SHA` where the commit stands. */
  readonly image: string;
  readonly platform: string;
}

function workflowOf({ images, make, packageManager }: ScaffoldParts, validations: readonly Validation[]): string {
  const platforms = [...new Set(images.map(({ build }) => build.platform))];
  return workflow({
    branches: [...new Set(images.flatMap(({ branches }) => branches))].map(harmless),
    latest: images[0]?.moving.find(({ tag }) => tag === "latest")?.branch,
    platform: platforms.length === 1 ? platforms[0] : undefined,
    platforms,
    aws: awsOf(images),
    logins: loginsOf(images),
    publish: make === "none" ? `sh ${wrapperPath} publish` : `make push-ci VERSION=\${{ github.sha }}`,
    validate:
      make === "none"
        ? validations.map(
            ({ image, platform }) => `sh ${wrapperPath} validate "${image.replace("SHA", "$GITHUB_SHA")}" --platform ${platform}`,
          )
        : ['make docker-validate VERSION="$GITHUB_SHA"'],
    cache: make === "own" && packageManager !== "none" ? packageManager : undefined,
  });
}

/** GitHub fills in what looks like an expression, wherever it stands. */
function harmless(text: string): string {
  if (!text.includes("${{")) return text;
  throw new Failure("CONFIG_INVALID", `"${text}" cannot stand in a workflow`, { hint: "Leave ${{ out of names." });
}

function awsOf(images: readonly ImageSettings[]): { readonly role: string; readonly region: string } | undefined {
  const [first] = images
    .flatMap(({ destinations }) => destinations)
    .flatMap(({ host, role }) => {
      const ecr = parseEcrHost(host);
      return ecr === undefined ? [] : [{ host, role, region: ecr.region }];
    });
  if (first === undefined) return undefined;
  if (first.role !== undefined) return { role: harmless(first.role), region: first.region };
  throw new Failure("CONFIG_MISSING", `the workflow needs a role at AWS to sign in at ${first.host}`, {
    hint: "Give --role arn:aws:iam::ACCOUNT:role/NAME.",
  });
}

export function loginsOf(images: readonly ImageSettings[]): readonly Login[] {
  const hosts = new Set(images.flatMap(({ destinations }) => destinations.map(({ host }) => host)));
  const others = [...hosts].filter((host) => parseEcrHost(host) === undefined);
  const strangers = others.filter((host) => host !== "ghcr.io");
  return others.map((host): Login => {
    if (host === "ghcr.io") return { host, user: "", password: "github.token", own: true };
    const at = strangers.indexOf(host);
    const name = at === 0 ? "REGISTRY" : `REGISTRY_${at + 1}`;
    return { host, user: `secrets.${name}_USERNAME`, password: `secrets.${name}_PASSWORD`, own: false };
  });
}
