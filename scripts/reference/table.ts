/**
 * The cells of the first table below a heading of a Markdown page, without its head.
 * @param heading as it stands on the page: `## Environment`
 */
export function tableBelow(page: string, heading: string): readonly (readonly string[])[] {
  const from = page.indexOf(`\n${heading}\n`);
  const lines = from === -1 ? [] : page.slice(from + heading.length + 2).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  if (first === -1) throw new Error(`there is no table below ${heading}`);
  const rows = lines.slice(first + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) =>
    line
      .replaceAll("\\|", "\0")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\0", "|")),
  );
}
