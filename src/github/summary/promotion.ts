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
  readonly digest: Digest;
  readonly targets: readonly (Partial<DestinationReport> & Pick<DestinationReport, "name" | "tags" | "ms">)[];
  /** Tags that were left alone, and why. */
  readonly left: readonly { readonly tag: string; readonly why: string }[];
}

/** A promotion as a page: which tags name the commit's image where, and how it is pulled and deployed. */
export function promotionPage(commit: string, images: readonly PromotedImage[]): readonly Block[] {
  return images.flatMap((image) => {
    const { digest, targets, left } = image;
    const failures = targets.flatMap(({ failure }) => failure ?? []);
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
      ...takeBlock({ digest, digestUri: at && `${at.name}@${digest}`, releaseTag: at?.tags[0]?.tag }),
    ];
  });
}

function title({ name, targets }: PromotedImage, failed: boolean): Markdown {
  const tags = [...new Set(targets.flatMap((one) => one.tags.map(({ tag }) => tag)))].join(", ");
  return md`### ${{ markdown: failed ? marks.error : marks.done }} ${name}: ${failed ? "not promoted everywhere" : `promoted to ${tags}`}`;
}
