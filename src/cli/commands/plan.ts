import { failureReport } from "../../failure/index.ts";
import { formatPlatform } from "../../oci/index.ts";
import type { PlannedImage } from "../../publish/index.ts";
import { failureText } from "../../report/index.ts";
import { type Output, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { withRepository } from "../repository.ts";
import { chosenCommit, type RepositoryOptions } from "../settings.ts";

export interface PlanOptions extends RepositoryOptions {
  readonly key?: boolean;
  readonly output: Output;
}

/** `waybill plan`: what would be done for the commit, as far as no destination has to be asked for it. */
export const plan: Run<PlanOptions> = async (options, edge) => {
  const keys = options.key ?? false;
  const { commit, images } = await listening(listen(edge, options), async (emit) =>
    withRepository(options, edge, emit, async ({ planned }) => planned(await chosenCommit(options, edge), { keys, env: edge.env })),
  );
  if (options.output === "json") await print(edge, JSON.stringify({ commit: commit.sha, images: images.map(asData) }, null, 2));
  else if (options.output === "github") await print(edge, images.map(({ key }) => `content_key=${key?.key ?? ""}`).join("\n"));
  else await print(edge, [`commit ${commit.sha}`, ...images.flatMap((image) => asLines(image, images.length > 1, keys))].join("\n"));
  const [failure] = images.flatMap((image) => (image.plan.build.kind === "impossible" ? image.plan.build.failure : (image.failure ?? [])));
  if (failure !== undefined) edge.stderr.write(`${failureText(failureReport(failure))}\n`);
  return failure?.exitCode ?? 0;
};

function asLines({ plan: { image }, lines, engine, key }: PlannedImage, named: boolean, keys: boolean): readonly string[] {
  return [
    ...(named ? [`image ${image.name}`] : []),
    ...lines,
    ...(engine?.lines.map((line) => `  ${line}`) ?? []),
    ...(key === undefined || !keys
      ? []
      : [
          `content key ${key.key}`,
          ...key.parts.map(({ kind, name, value }) => `  ${kind} ${name}${value === "" ? "" : `: ${oneLine(value)}`}`),
          ...(key.ages
            ? [`content of this key is reused for ${image.build.reuse.maxAgeMs / 3_600_000} hours: a program runs that may see the network`]
            : []),
          ...(key.unfit === undefined ? [] : [`content of this key is never reused: ${key.unfit}`]),
        ]),
  ];
}

function oneLine(text: string): string {
  return text.length > 200 || text.includes("\n") ? `${JSON.stringify(text.slice(0, 200))}${text.length > 200 ? "…" : ""}` : text;
}

function asData({ plan: { image, destinations, releaseTag, moving, platform, build }, engine, key, failure }: PlannedImage) {
  return {
    name: image.name,
    destinations: destinations.map(({ name, primary, trusted }) => ({ name, primary, trusted })),
    releaseTag,
    movingTags: moving,
    platform: formatPlatform(platform),
    engine: engine?.engine,
    why: build.kind === "build" ? build.why : undefined,
    needs: engine?.needs,
    machine: engine?.machine,
    missing: engine?.missing,
    contentKey: key && { key: key.key, ages: key.ages, unfit: key.unfit, parts: key.parts },
    failure: build.kind === "impossible" ? failureReport(build.failure) : failure && failureReport(failure),
  };
}
