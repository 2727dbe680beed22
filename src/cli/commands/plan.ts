import { type Failure, failureReport, worstFailure } from "../../failure/index.ts";
import { formatPlatform } from "../../oci/index.ts";
import type { Outlook, PlannedImage } from "../../publish/index.ts";
import { failureText, foreseenText } from "../../report/index.ts";
import { type Output, onGithub, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { withRepository } from "../repository.ts";
import { chosenCommit, type RepositoryOptions } from "../settings.ts";

export interface PlanOptions extends RepositoryOptions {
  readonly key?: boolean;
  readonly offline?: boolean;
  readonly output: Output;
}

/** `waybill plan`: what would be done for the commit, and, unless `--offline`, what that would change at each destination. */
export const plan: Run<PlanOptions> = async (options, edge) => {
  const keys = options.key ?? false;
  const { commit, images } = await listening(listen(edge, options), async (emit) =>
    withRepository(options, edge, emit, async ({ planned }) =>
      planned(await chosenCommit(options, edge), { keys, env: edge.env, look: options.offline !== true }),
    ),
  );
  if (options.output === "json") await print(edge, JSON.stringify({ commit: commit.sha, images: images.map(asData) }, null, 2));
  else if (options.output === "github") await print(edge, images.map(({ key }) => `content_key=${key?.key ?? ""}`).join("\n"));
  else await print(edge, [`commit ${commit.sha}`, ...images.flatMap((image) => asLines(image, images.length > 1, keys))].join("\n"));
  const failures = images.flatMap((image) => failuresOf(image));
  for (const text of new Set(failures.map((failure) => failureText(failureReport(failure)))))
    edge.stderr.write(`${text}
`);
  if (failures.length > 0 && onGithub(edge)) {
    const { tellFailures } = await import("../github.ts");
    tellFailures("plan", failures, edge, options.repo);
  }
  return worstFailure(failures)?.exitCode ?? 0;
};

/** What would end a publication; a Dockerfile that cannot be built matters only where the image is not there yet. */
function failuresOf({ plan: { build }, failure, outlook }: PlannedImage): readonly Failure[] {
  const unbuildable = outlook === undefined && build.kind === "impossible" ? build.failure : undefined;
  return [unbuildable, failure, outlook?.failure].filter((one) => one !== undefined);
}

function outlookLines({ surveyed, foreseen }: Outlook): readonly string[] {
  return surveyed.flatMap(({ destination, state }) => [
    `at ${destination.name}: ${state.kind === "failed" ? `cannot be asked: ${state.failure.message}` : state.kind}`,
    ...(foreseen.find((one) => one.destination === destination)?.tags.map((tag) => `  ${foreseenText(tag)}`) ?? []),
  ]);
}

function asLines({ plan: { image }, lines, engine, key, outlook }: PlannedImage, named: boolean, keys: boolean): readonly string[] {
  return [
    ...(named ? [`image ${image.name}`] : []),
    ...lines,
    ...(engine?.lines.map((line) => `  ${line}`) ?? []),
    ...(outlook === undefined ? [] : outlookLines(outlook)),
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

function asData({ plan: { image, destinations, releaseTag, moving, platform, build }, engine, key, failure, outlook }: PlannedImage) {
  return {
    name: image.name,
    destinations: destinations.map((destination) => ({
      name: destination.name,
      primary: destination.primary,
      trusted: destination.trusted,
      found: outlook?.surveyed.find((one) => one.destination === destination)?.state.kind,
      foreseen: outlook?.foreseen.find((one) => one.destination === destination)?.tags,
    })),
    releaseTag,
    movingTags: moving,
    platform: formatPlatform(platform),
    engine: engine?.engine,
    why: build.kind === "build" ? build.why : undefined,
    needs: engine?.needs,
    machine: engine?.machine,
    missing: engine?.missing,
    smoke: image.smoke && { ...image.smoke, env: Object.keys(image.smoke.env) },
    contentKey: key && { key: key.key, ages: key.ages, unfit: key.unfit, parts: key.parts },
    failure: build.kind === "impossible" ? failureReport(build.failure) : failure && failureReport(failure),
    forbidden: outlook?.failure && failureReport(outlook.failure),
  };
}
