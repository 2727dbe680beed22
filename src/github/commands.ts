/** Properties of an annotation: where it is shown. */
export interface AnnotationPlace {
  readonly title?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The level of an annotation. */
export type AnnotationLevel = "error" | "warning" | "notice";

/** The most characters of an annotation; GitHub cuts longer ones in the middle of a word. */
const limit = 4000;

/**
 * A line that GitHub's runner shows as an annotation. Text from outside cannot end the command or begin another: `%`, line ends
 * and, in properties, `:` and `,` are escaped (GitHub Docs, "Workflow commands for GitHub Actions").
 */
export function annotation(level: AnnotationLevel, message: string, place: AnnotationPlace = {}): string {
  const properties = [
    ["title", place.title],
    ["file", place.file],
    ["line", place.line === undefined ? undefined : String(place.line)],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(value)}`]));
  return `::${level}${properties.length === 0 ? "" : ` ${properties.join(",")}`}::${escapeMessage(message.slice(0, limit))}`;
}

function escapeMessage(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
