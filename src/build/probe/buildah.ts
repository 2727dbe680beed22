import type { Gap } from "../assemble/gaps.ts";
import { buildahGaps } from "../buildah/gaps.ts";
import { absent, findBuildah, idsMissing, isolationOf, type Lack, tooOld } from "../buildah/program.ts";
import type { Dockerfile } from "../dockerfile/parse.ts";
import type { ProbeSetting } from "./buildx.ts";

/** What of buildah is here: nothing, one that does not do, or one that can build. */
export type FoundBuildah =
  | ({ readonly state: "absent" } & Lack)
  | ({ readonly state: "unfit"; readonly version: string; readonly gap?: Gap | undefined } & Lack)
  | { readonly state: "ready"; readonly version: string };

/** Looks whether buildah is here, works for this user and does what the Dockerfile needs. Takes 5 seconds for each question at most. */
export async function probeBuildah(dockerfile: Dockerfile, { env, signal }: ProbeSetting): Promise<FoundBuildah> {
  const version = await findBuildah(env, signal);
  if (version === undefined) return { state: "absent", ...absent };
  const lack = tooOld(version) ?? (await idsMissing(env, signal));
  if (lack !== undefined) return { state: "unfit", version: version.text, ...lack };
  const [gap] = buildahGaps(dockerfile, version, isolationOf(env));
  if (gap === undefined) return { state: "ready", version: version.text };
  return {
    state: "unfit",
    version: version.text,
    gap,
    why: `${dockerfile.name}:${gap.line} is ${gap.instruction}: ${gap.why}`,
    hint: "Take a newer buildah, or docker buildx.",
  };
}
