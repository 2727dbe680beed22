import { durationMs } from "../../config/index.ts";
import { Failure, failureReport, worstExit } from "../../failure/index.ts";
import { parseCommitSha } from "../../git/index.ts";
import { parseRepository, parseTag } from "../../oci/index.ts";
import { type PromotionResult, promote } from "../../publish/index.ts";
import { failureText } from "../../report/index.ts";
import { type Output, onGithub, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { withRepository } from "../repository.ts";
import type { RepositoryOptions } from "../settings.ts";

export interface PromoteOptions extends RepositoryOptions {
  readonly sha: string;
  readonly tags: readonly string[];
  readonly wait?: string;
  readonly output: Output;
}

interface Promoted {
  readonly name: string;
  readonly result: PromotionResult;
}

/** `waybill promote`: the commit's image under further tags, or in further places; never a build. */
export const promoteImage: Run<PromoteOptions> = async ({ to, ...options }, edge) => {
  const sha = parseCommitSha(options.sha);
  const [first, ...others] = options.tags.map(parseTag);
  if (first === undefined) throw new Failure("USAGE", "promote takes a commit and at least one tag");
  const waitMs = options.wait === undefined ? 0 : durationMs(options.wait);
  const done = await listening(listen(edge, options), async (emit) =>
    withRepository(options, edge, emit, async ({ client, planned }) => {
      const { images } = await planned({ commit: sha, branches: [] });
      if (to !== undefined && images.length > 1)
        throw new Failure("USAGE", "--to speaks of one image, and the configuration has several", {
          hint: "Choose one with --image NAME.",
        });
      const targets = to?.map((name) => ({ name, store: client.repository(parseRepository(name)) }));
      const promoted: Promoted[] = [];
      for (const { plan } of images) {
        const result = await promote({ plan, tags: [first, ...others], targets, waitMs }, { emit, signal: edge.signal });
        promoted.push({ name: plan.image.name, result });
      }
      return promoted;
    }),
  );
  const uris = done.flatMap(({ result }) =>
    result.promoted.filter(({ failure }) => failure === undefined).flatMap(({ target, tags }) => tags.map(({ tag }) => `${target}:${tag}`)),
  );
  if (options.output === "json") await print(edge, JSON.stringify(done.map(asData), null, 2));
  else if (options.output === "github") await print(edge, `image_uri=${uris[0] ?? ""}\ndigest=${done[0]?.result.root.digest ?? ""}`);
  else await print(edge, [...done.flatMap(asLines), ...(uris[0] === undefined ? [] : [`DOCKER_IMAGE_URI=${uris[0]}`])].join("\n"));
  if (onGithub(edge)) {
    const { tellPromotion } = await import("../github.ts");
    tellPromotion(sha, done.map(asImage), edge);
  }
  for (const { failure } of done.flatMap(({ result }) => result.promoted)) {
    if (failure !== undefined) edge.stderr.write(`${failureText(failureReport(failure))}\n`);
  }
  return worstExit(done.map(({ result }) => result.exitCode));
};

function asLines({ name, result: { root, promoted, left } }: Promoted): readonly string[] {
  return [
    `${name}: ${root.digest}`,
    ...promoted.flatMap(({ target, tags }) => tags.map(({ tag, outcome }) => `  ${target}:${tag} ${outcome}`)),
    ...left.map(({ tag, why }) => `  ${tag} left alone: ${why}`),
  ];
}

function asData({ name, result: { root, promoted, left } }: Promoted) {
  return {
    name,
    digest: root.digest,
    targets: promoted.map(({ target, tags, failure }) => ({ target, tags, failure: failure && failureReport(failure) })),
    left,
  };
}

function asImage({ name, result: { root, promoted, left } }: Promoted) {
  const targets = promoted.map(({ target, delivery, tags, ms, failure }) => ({
    name: target,
    delivery,
    state: failure === undefined ? delivery : ("failed" as const),
    digest: root.digest,
    tags,
    ms,
    failure: failure && failureReport(failure),
  }));
  return { name, digest: root.digest, targets, left };
}
