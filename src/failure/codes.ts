/** What one failure code means to the person who meets it. */
export interface CodeMeaning {
  /** The process exit code that the CLI ends with. */
  readonly exit: number;
  /** What the code says, in one sentence. */
  readonly meaning: string;
}

/**
 * Every code that waybill fails with: a closed list, in one place.
 * Exit codes follow the design: 1 a defect in waybill, 2 usage or configuration, 3 a check failed,
 * 4 a tag holds something else, 5 sign-in or permission, 6 registry or network, 7 the build failed.
 */
export const codes = {
  DEFECT: { exit: 1, meaning: "waybill itself went wrong; this is a defect to report" },

  USAGE: { exit: 2, meaning: "the command line is not one that waybill takes" },
  CONFIG_INVALID: { exit: 2, meaning: "the configuration has a value that waybill cannot take" },
  CONFIG_UNKNOWN_KEY: { exit: 2, meaning: "the configuration has a key that waybill does not know" },
  CONFIG_MISSING: { exit: 2, meaning: "a value that the command needs is configured nowhere" },
  NODE_TOO_OLD: { exit: 2, meaning: "this Node is older than waybill needs" },
  PROGRAM_MISSING: { exit: 2, meaning: "a program that the command needs is not installed" },
  RUNTIME_MISSING: { exit: 2, meaning: "nothing on this machine can run a container" },
  RUNTIME_FAILED: { exit: 2, meaning: "the container runtime could not load the image or create the container" },
  NOT_A_REPOSITORY: { exit: 2, meaning: "the folder is not in a git repository" },
  COMMIT_UNKNOWN: { exit: 2, meaning: "the repository does not have that commit" },
  COMMIT_ABBREVIATED: { exit: 2, meaning: "a commit was given by an abbreviated name" },
  GIT_FAILED: { exit: 2, meaning: "git could not do what was asked of it" },
  FILE_FAILED: { exit: 2, meaning: "a file of the repository cannot be read or written" },
  DOCKERFILE_MISSING: { exit: 2, meaning: "the Dockerfile is not in the commit or the checkout" },
  REFERENCE_INVALID: { exit: 2, meaning: "the text is not an image reference" },
  DIGEST_INVALID: { exit: 2, meaning: "the text is not a digest that waybill knows" },
  PLATFORM_INVALID: { exit: 2, meaning: "the text is not a platform" },
  LAYOUT_INVALID: { exit: 2, meaning: "the folder is not an OCI image layout" },

  CHECK_FAILED: { exit: 3, meaning: "a check found an error in the image" },
  SMOKE_FAILED: { exit: 3, meaning: "the image was started and did not come up" },
  IMAGE_INVALID: { exit: 3, meaning: "a manifest, index or config is not valid" },

  TAG_CONFLICT: { exit: 4, meaning: "the release tag holds an image of something else" },
  DESTINATIONS_DISAGREE: { exit: 4, meaning: "two destinations hold different images of one commit" },
  TAG_IMMUTABLE: { exit: 4, meaning: "the registry does not allow this tag to be moved" },

  UNAUTHORIZED: { exit: 5, meaning: "the registry does not accept the sign-in" },
  DENIED: { exit: 5, meaning: "the identity that signed in may not do this" },
  CREDENTIALS_MISSING: { exit: 5, meaning: "there are no credentials for the registry" },
  CREDENTIALS_FAILED: { exit: 5, meaning: "the credentials could not be obtained" },

  REGISTRY_UNREACHABLE: { exit: 6, meaning: "the registry cannot be reached" },
  REGISTRY_TIMEOUT: { exit: 6, meaning: "the registry did not answer in time" },
  REGISTRY_ERROR: { exit: 6, meaning: "the registry answered with an error" },
  REGISTRY_PROTOCOL: { exit: 6, meaning: "the answer is not what a registry answers" },
  NOT_FOUND: { exit: 6, meaning: "the registry has no such repository, manifest or blob" },
  CONTENT_MISMATCH: { exit: 6, meaning: "content does not agree with its digest or size" },
  STORE_FAILED: { exit: 6, meaning: "the local store could not be read or written" },

  BUILD_FAILED: { exit: 7, meaning: "the build failed" },
  DOCKERFILE_INVALID: { exit: 7, meaning: "the Dockerfile has an instruction that is not valid" },
  ENGINE_UNFIT: { exit: 7, meaning: "the engine cannot do what the Dockerfile asks" },
  ENGINE_MISSING: { exit: 7, meaning: "no engine on this machine can do the build" },
  CONTEXT_INVALID: { exit: 7, meaning: "the build context lacks a file or reaches outside itself" },
  BASE_MISSING: { exit: 7, meaning: "the base image cannot be had for this platform" },

  INTERRUPTED: { exit: 130, meaning: "the run was interrupted" },
  TERMINATED: { exit: 143, meaning: "the run was terminated" },
} as const satisfies Record<string, CodeMeaning>;

/** One of the codes above. */
export type FailureCode = keyof typeof codes;

/** Exit codes from worst to least, as the design orders them. */
const severity = [1, 4, 3, 5, 6, 7, 2];

/**
 * The exit code of several outcomes: the worst of them.
 * @param exits exit codes of the parts; 0 means done
 */
export function worstExit(exits: readonly number[]): number {
  const signal = exits.find((exit) => exit >= 128);
  if (signal !== undefined) return signal;
  return severity.find((exit) => exits.includes(exit)) ?? 0;
}
