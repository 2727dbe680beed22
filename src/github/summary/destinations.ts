import { type DestinationReport, foreseenWords, type ImageReport } from "../../report/index.ts";
import { code, joined, type Markdown, md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";

const nothing = md``;

/** What the table needs of a destination and of the image that is there. */
type Row = Partial<DestinationReport> & Pick<DestinationReport, "name" | "tags" | "ms">;
type Kinds = Pick<ImageReport, "contents" | "previous">;

/** Destinations × tags: what each names in the end, what was done, how long the destination took. */
export function destinationBlock(image: Kinds & { readonly destinations: readonly Row[] }): readonly Block[] {
  if (image.destinations.length === 0) return [];
  const rows = image.destinations.flatMap((one) => rowsOf(one, image)).map((cells) => () => row(cells));
  return [{ head: tableHead(["destination", "tag", "digest", "state", "seconds"], ["seconds"]), rows }];
}

/** The first row of a destination has its name, its state and its seconds. */
function rowsOf(destination: Row, image: Kinds): readonly (readonly Markdown[])[] {
  const { name, failure, surveyMs = 0, ms } = destination;
  const seconds = md`${((surveyMs + ms) / 1000).toFixed(1)}`;
  const lines = tagsOf(destination, image);
  const [[tag, digest, done] = [nothing, digestCell(destination.digest, image), nothing], ...rest] = lines;
  const said = failure === undefined ? nothing : md`${failure.code}`;
  const state = joined(
    [md`${destination.state ?? destination.delivery ?? destination.found ?? "not asked"}`, done, said].filter(full),
    ", ",
  );
  return [[code(name), tag, digest, state, seconds], ...rest.map((cells) => [nothing, ...cells, nothing])];
}

type TagCells = readonly [tag: Markdown, digest: Markdown, done: Markdown];

function tagsOf({ tags, foreseen = [] }: Row, image: Kinds): readonly TagCells[] {
  if (tags.length === 0) return foreseen.map((one) => [code(one.tag), nothing, reasoned(foreseenWords[one.outcome], one.why)]);
  return tags.map(({ tag, digest, outcome, why }) => [code(tag), digestCell(digest, image), reasoned(outcome, why)]);
}

function reasoned(outcome: string, why: string | undefined): Markdown {
  return why === undefined ? md`${outcome}` : md`${outcome} (${why})`;
}

/** A digest, and which of an image's digests it is: people take one for another. */
function digestCell(digest: string | undefined, { contents, previous }: Kinds): Markdown {
  if (digest === undefined) return nothing;
  const kind =
    digest === contents?.index
      ? "index "
      : digest === contents?.manifest
        ? "manifest "
        : digest === previous?.digest
          ? "earlier image "
          : "";
  return md`${{ markdown: kind }}${code(digest)}`;
}

function full({ markdown }: Markdown): boolean {
  return markdown !== "";
}
