import { type BuildContext, type ContentKey, contentKey, type ImageSource } from "../../build/index.ts";
import type { ImageSettings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import type { Platform } from "../../oci/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { BuildPlan, Plan } from "../types.ts";

/** What a key is computed from, beside the settings. */
export interface KeyInputs {
  readonly context: BuildContext;
  readonly images: ImageSource;
}

/** Longest that the registries of base images may take to say what their tags name, in milliseconds. */
const resolvingMs = 20_000;

/**
 * The content key of a plan's build, or undefined where an image that it is built upon cannot be resolved from here: the builder may
 * know it all the same, but then nobody can tell whether its content is what it was.
 * @throws Failure DOCKERFILE_INVALID, CONTEXT_INVALID
 */
export async function keyOf(
  { image, platform }: Pick<Plan, "image" | "platform">,
  plan: BuildPlan & { readonly kind: "build" },
  inputs: KeyInputs,
  { emit, signal }: StepOptions,
): Promise<ContentKey | undefined> {
  try {
    return await computeKey(image, platform, plan, inputs, signal);
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.code === "BASE_MISSING")) throw thrown;
    emit({ kind: "message", level: "info", text: `there is no content key, so nothing is reused: ${thrown.message}` });
    return undefined;
  }
}

/**
 * The content key of a build.
 * @throws Failure BASE_MISSING beside those of {@link keyOf}
 */
export async function computeKey(
  { build }: ImageSettings,
  platform: Platform,
  plan: BuildPlan & { readonly kind: "build" },
  { context, images }: KeyInputs,
  signal: AbortSignal | undefined,
): Promise<ContentKey> {
  return await contentKey({
    context,
    images: patient(images),
    dockerfile: plan.dockerfile,
    target: build.target,
    args: build.args,
    platform,
    epoch: build.epoch,
    engine: engineWord(build, plan.engine),
    at: build.builder,
    stamped: [
      ...Object.keys(build.stamp.env).map((name) => `env ${name}`),
      ...Object.keys(build.stamp.labels).map((name) => `label ${name}`),
    ],
    signal,
  });
}

/** What of the engine changes content. Which of two builders `auto` finds on a machine does not: both run the same programs. */
function engineWord({ engine, compression }: ImageSettings["build"], chosen: string): string {
  return `${chosen === "assemble" ? chosen : engine === "auto" ? "builder" : engine} ${compression}`;
}

/** Images that are asked for with little patience: a key is worth less than a build that waits for it. */
function patient(images: ImageSource): ImageSource {
  return {
    async image(reference, signal) {
      const limit = AbortSignal.timeout(resolvingMs);
      try {
        return await images.image(reference, signal === undefined ? limit : AbortSignal.any([signal, limit]));
      } catch (thrown) {
        if (!limit.aborted || signal?.aborted) throw thrown;
        throw new Failure("BASE_MISSING", `the registry of ${reference} did not say within ${resolvingMs / 1000} s what it is`, {
          cause: thrown,
        });
      }
    },
  };
}
