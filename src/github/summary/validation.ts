import type { FailureReport } from "../../failure/index.ts";
import type { Finding } from "../../report/index.ts";
import { code, md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";
import { failureBlock, findingsBlock, marks } from "./seen.ts";

/** One image at one place, what it had to be, and what the checks saw. */
export interface ValidatedImage {
  /** Where it was looked for. */
  readonly name: string;
  readonly digest?: string | undefined;
  readonly platform: string;
  /** The commit that it had to name. */
  readonly revision?: string | undefined;
  readonly valid: boolean;
  readonly findings: readonly Finding[];
  /** Why the checks could not look. */
  readonly failure?: FailureReport | undefined;
}

/** A validation as a page: each image with its digest and what it is, then what the checks saw. */
export function validationPage(images: readonly ValidatedImage[]): readonly Block[] {
  const wrong = images.filter(({ valid }) => !valid).length;
  const [mark, said] = wrong === 0 ? [marks.done, "valid"] : [marks.error, images.length === 1 ? "not valid" : `${wrong} not valid`];
  const what = images.length === 1 ? (images[0]?.name ?? "") : `${images.length} images`;
  return [
    { head: [md`### ${{ markdown: mark }} ${what}: ${said}`.markdown] },
    ...images.flatMap(({ failure }) => (failure === undefined ? [] : failureBlock(failure))),
    ...findingsBlock(images.flatMap(findingsAt)),
    {
      head: tableHead(["image", "digest", "platform", "commit", "result"]),
      rows: images.map(
        ({ name, digest, platform, revision, valid, failure }) =>
          () =>
            row([
              code(name),
              digest === undefined ? md`` : code(digest),
              md`${platform}`,
              revision === undefined ? md`` : code(revision),
              failure === undefined ? md`${valid ? "valid" : "not valid"}` : md`could not be checked: ${failure.code}`,
            ]),
      ),
    },
  ];
}

/** A finding of one image of several says which it is. */
function findingsAt({ name, findings }: ValidatedImage): readonly Finding[] {
  return findings.map((one) => ({ ...one, where: { destination: name, ...one.where } }));
}
