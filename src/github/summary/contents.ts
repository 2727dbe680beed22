import { type ImageReport, imageFacts } from "../../report/index.ts";
import { code, joined, type Markdown, md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";

/** What the image is: its digests by their kind, its size beside the one before, its bases, what was reused and what was sent. */
export function contentsBlock(image: ImageReport): readonly Block[] {
  const { contents, platform, bases = [], previous } = image;
  const digests = (["index", "manifest", "config"] as const).map((kind) => [`${kind} digest`, contents?.[kind]] as const);
  const rows: readonly (readonly [name: string, text: Markdown])[] = [
    ...digests.flatMap(([name, digest]) => (digest === undefined ? [] : [[name, code(digest)] as const])),
    ...(platform === undefined ? [] : [["platform", md`${platform}`] as const]),
    ...bases.map(({ name, digest }) => ["base", joined([code(name), code(digest)])] as const),
    ...imageFacts(image).flatMap(([name, text]) => (name === "base" ? [] : [[name, md`${text}`] as const])),
    ...(previous === undefined ? [] : [[`${previous.tag} before`, code(previous.digest)] as const]),
  ];
  return rows.length === 0
    ? []
    : [
        {
          head: tableHead(["image", image.name]),
          rows: rows.map(
            ([name, text]) =>
              () =>
                row([md`${name}`, text]),
          ),
        },
      ];
}
