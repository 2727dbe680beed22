import type { FailureReport } from "../../failure/index.ts";
import type { Digest } from "../../oci/index.ts";
import type { DestinationReport } from "../../report/index.ts";
import { code, type Markdown, md } from "../markdown.ts";
import type { Block } from "../page.ts";
import { destinationBlock } from "./destinations.ts";
import { failureBlock, marks } from "./seen.ts";
import { takeBlock } from "./take.ts";

/** An image that was given further tags, or brought to further places. */
export interface PromotedImage {
  readonly name: string;
  /** Absent where there was nothing to promote, which `failure` tells of. */
  readonly digest?: Digest;
  readonly failure?: FailureReport;
  readonly targets: readonly (Partial<DestinationReport> & Pick<DestinationReport, "name" | "tags" | "ms">)[];
  /** Tags that were left alone, and why. */
  readonly left: readonly { readonly tag: string; readonly why: string }[];
}

/** A promotion as a page: which tags name the commit's image where, and how it is pulled and deployed. */
export function promotionPage(commit: string, images: readonly PromotedImage[]): readonly Block[] {
  return images.flatMap((image) => {
    const { digest, targets, left } = image;
    const failures = promotionFailures(image);
    const [at] = targets.filter(({ failure, tags }) => failure === undefined && tags.length > 0);
    return [
      { head: [title(image, failures.length > 0).markdown, "", md`The image of commit ${code(commit)}.`.markdown] },
      ...failures.flatMap(failureBlock),
      ...destinationBlock({ destinations: targets }),
      ...(left.length === 0
        ? []
        : [
            {
              rows: left.map(
                ({ tag, why }) =>
                  () =>
                    md`- ${code(tag)} left alone: ${why}`.markdown,
              ),
            },
          ]),
      ...(digest === undefined ? [] : takeBlock({ digest, digestUri: at && `${at.name}@${digest}`, releaseTag: at?.tags[0]?.tag })),
    ];
  });
}

/** Why the image, or a target of it, is not what was asked for. */
export function promotionFailures({ failure, targets }: PromotedImage): readonly FailureReport[] {
  return [failure, ...targets.map((target) => target.failure)].flatMap((one) => one ?? []);
}

function title({ name, targets }: PromotedImage, failed: boolean): Markdown {
  const tags = [...new Set(targets.flatMap((one) => one.tags.map(({ tag }) => tag)))].join(", ");
  return md`### ${{ markdown: failed ? marks.error : marks.done }} ${name}: ${failed ? "not promoted everywhere" : `promoted to ${tags}`}`;
}
