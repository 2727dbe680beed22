import { durationMs } from "../../config/index.ts";
import { Failure, failureReport, partFailure, worstExit } from "../../failure/index.ts";
import { parseCommitSha } from "../../git/index.ts";
import type { PromotedImage } from "../../github/index.ts";
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

/** An image that could not be promoted at all, beside others that were looked at. */
interface Refused {
  readonly name: string;
  readonly failure: Failure;
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
      const outcomes: (Promoted | Refused)[] = [];
      for (const { plan } of images) {
        const { name } = plan.image;
        try {
          const result = await promote({ plan, tags: [first, ...others], targets, waitMs }, { emit, signal: edge.signal });
          outcomes.push({ name, result });
        } catch (thrown) {
          // Alone it is the command's own failure; beside others it must not hide what became of them.
          if (images.length === 1) throw thrown;
          outcomes.push({ name, failure: partFailure(thrown, edge.signal) });
        }
      }
      return outcomes;
    }),
  );
  const promoted = done.filter((one) => "result" in one);
  const uris = promoted.flatMap(({ result }) =>
    result.promoted.filter(({ failure }) => failure === undefined).flatMap(({ target, tags }) => tags.map(({ tag }) => `${target}:${tag}`)),
  );
  if (options.output === "json") await print(edge, JSON.stringify(done.map(asData), null, 2));
  else if (options.output === "github") await print(edge, `image_uri=${uris[0] ?? ""}\ndigest=${promoted[0]?.result.root.digest ?? ""}`);
  else await print(edge, [...done.flatMap(asLines), ...(uris[0] === undefined ? [] : [`DOCKER_IMAGE_URI=${uris[0]}`])].join("\n"));
  if (onGithub(edge)) {
    const { tellPromotion } = await import("../github.ts");
    tellPromotion(sha, done.map(asImage), edge);
  }
  for (const failure of done.flatMap(failuresOf)) edge.stderr.write(`${failureText(failure)}\n`);
  return worstExit(done.map((one) => ("failure" in one ? one.failure.exitCode : one.result.exitCode)));
};

function failuresOf(one: Promoted | Refused): readonly Failure[] {
  return "failure" in one ? [one.failure] : one.result.promoted.flatMap(({ failure }) => failure ?? []);
}

function asLines(one: Promoted | Refused): readonly string[] {
  if ("failure" in one) return [`${one.name}: not promoted: ${one.failure.message}`];
  const { root, promoted, left } = one.result;
  return [
    `${one.name}: ${root.digest}`,
    ...promoted.flatMap(({ target, tags }) => tags.map(({ tag, outcome }) => `  ${target}:${tag} ${outcome}`)),
    ...left.map(({ tag, why }) => `  ${tag} left alone: ${why}`),
  ];
}

function asData(one: Promoted | Refused) {
  if ("failure" in one) return { name: one.name, failure: failureReport(one.failure) };
  const { root, promoted, left } = one.result;
  return {
    name: one.name,
    digest: root.digest,
    targets: promoted.map(({ target, tags, failure }) => ({ target, tags, failure: failure && failureReport(failure) })),
    left,
  };
}

function asImage(one: Promoted | Refused): PromotedImage {
  if ("failure" in one) return { name: one.name, targets: [], left: [], failure: failureReport(one.failure) };
  const { root, promoted, left } = one.result;
  const targets = promoted.map(({ target, delivery, tags, ms, failure }) => ({
    name: target,
    delivery,
    state: failure === undefined ? delivery : ("failed" as const),
    digest: root.digest,
    tags,
    ms,
    failure: failure && failureReport(failure),
  }));
  return { name: one.name, digest: root.digest, targets, left };
}
