import { code, md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";
import { marks } from "./seen.ts";

/** What every destination of an image holds under a commit's release tag. */
export interface FleetImage {
  readonly name: string;
  readonly tag: string;
  readonly agree: boolean;
  readonly replicas: readonly {
    readonly destination: string;
    readonly state: string;
    readonly digest?: string | undefined;
    readonly why?: string | undefined;
  }[];
}

/** A comparison of all destinations as a page. */
export function fleetPage(images: readonly FleetImage[]): readonly Block[] {
  return images.map(({ name, tag, agree, replicas }) => ({
    head: [
      md`### ${{ markdown: agree ? marks.done : marks.error }} ${name}: ${agree ? "one digest everywhere" : "not one digest everywhere"}`
        .markdown,
      "",
      md`Under the tag ${code(tag)}.`.markdown,
      "",
      ...tableHead(["destination", "digest", "state"]),
    ],
    rows: replicas.map(
      ({ destination, digest, state, why }) =>
        () =>
          row([code(destination), digest === undefined ? md`` : code(digest), why === undefined ? md`${state}` : md`${state} (${why})`]),
    ),
  }));
}
