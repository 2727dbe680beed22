import { type Report, statusText } from "../../report/index.ts";
import { code, type Markdown, md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";
import { marks } from "./seen.ts";

/** A commit's name, as a link where it can be looked at. */
export function commitName(sha: string, repository: string | undefined): Markdown {
  return repository === undefined || !/^[0-9a-f]+$/.test(sha)
    ? code(sha)
    : md`[${code(sha)}](${{ markdown: `${repository}/commit/${sha}` }})`;
}

/** The commits of a push, newest first, each with what became of it; nothing where there was only one. */
export function commitsBlock(commits: readonly Report[], repository: string | undefined): readonly Block[] {
  if (commits.length < 2) return [];
  return [
    {
      head: ["", `**${commits.length} commits of the push, newest first**`, "", ...tableHead(["commit", "what became of it", "by digest"])],
      rows: commits.toReversed().map((report) => () => commitRow(report, repository)),
    },
  ];
}

function commitRow({ commit, images, exitCode }: Report, repository: string | undefined): string {
  const mark = { markdown: exitCode === 0 ? marks.done : marks.error };
  const became = images.map((image) => (images.length === 1 ? statusText(image) : `${image.name} ${statusText(image)}`)).join(", ");
  const uris = images.flatMap(({ digestUri }) => (digestUri === undefined ? [] : [code(digestUri)]));
  const exit = exitCode === 0 ? md`` : md` (exit ${exitCode})`;
  return row([
    commitName(commit.sha, repository),
    md`${mark} ${became}${exit}`,
    { markdown: uris.map(({ markdown }) => markdown).join("<br>") },
  ]);
}
