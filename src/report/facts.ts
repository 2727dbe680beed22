import type { DestinationReport, ImageReport, Pieces, StartedImage } from "./report.ts";
import { formatBytes, formatMs } from "./units.ts";

/** One fact of an image, for people: its name and what it is, without line ends of its own. */
type Fact = readonly [name: string, text: string];

/** What people ask of an image beside its tags: how large, upon what, out of what. Empty where nothing is known. */
export function imageFacts(image: ImageReport): readonly Fact[] {
  const size = sizeText(image);
  return [
    ...(size === undefined ? [] : [["size", size] as const]),
    ...(image.bases ?? []).map(({ name, digest }) => ["base", `${name} ${digest}`] as const),
    ...reuseTexts(image).map((text) => ["reused", text] as const),
    ...(image.started === undefined ? [] : [["smoke", startedText(image.started, image.reused !== undefined)] as const]),
    ...image.destinations.flatMap((one) => {
      const sent = sentText(one);
      return sent === undefined ? [] : [["sent", `${sent} (${one.name})`] as const];
    }),
  ];
}

/** The size that a pull moves, and how it differs from what the moving tag named before. */
function sizeText({ contents, previous }: ImageReport): string | undefined {
  if (contents === undefined) return undefined;
  const { bytes, layers } = contents;
  const size = `${formatBytes(bytes)} in ${count(layers, "layer")}`;
  if (previous?.bytes === undefined) return size;
  const { tag, commit, bytes: before } = previous;
  const than = `${tag}${commit === undefined ? "" : ` of ${commit.slice(0, 12)}`}`;
  if (bytes === before) return `${size}, as large as ${than}`;
  const change = formatBytes(Math.abs(bytes - before));
  return `${size}, ${change} (${share(bytes, before)}) ${bytes > before ? "more" : "less"} than ${than}`;
}

/** How much a size differs from another, in per cent with the sign. */
function share(bytes: number, before: number): string {
  const percent = before === 0 ? Number.POSITIVE_INFINITY : (100 * (bytes - before)) / before;
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  return `${percent < 0 ? "−" : "+"}${Number.isFinite(percent) ? Math.abs(percent).toFixed(digits) : "∞"} %`;
}

/** What was taken over instead of being made: an ancestor's content, its layers, a cache's steps. */
function reuseTexts({ reused, layersTaken = 0, contents, build }: ImageReport): readonly string[] {
  if (reused !== undefined) {
    const all = contents === undefined ? "all layers" : contents.layers === 1 ? "the layer" : `all ${contents.layers} layers`;
    const origin = reused.origin === reused.commit ? "" : `, built from ${reused.origin.slice(0, 12)}`;
    return [`${all} of ${reused.commit.slice(0, 12)}${origin}`];
  }
  const taken = contents === undefined ? `${layersTaken} layers` : `${layersTaken} of ${count(contents.layers, "layer")}`;
  return [
    ...(layersTaken === 0 ? [] : [`${taken} from an ancestor`]),
    ...(build === undefined || build.cached === 0 ? [] : [`${build.cached} of ${count(build.steps, "step")} from a cache`]),
  ];
}

/** What became of it when it was started, or of the ancestor's image that has the same content. */
function startedText({ passed, outcome, runtime, ms, commit }: StartedImage, stamped: boolean): string {
  const how = `${passed ? "" : "did not come up: "}${outcome} (${runtime}, ${formatMs(ms)})`;
  return stamped ? `${how}, for ${commit.slice(0, 12)}` : how;
}

/** What was sent to a destination; undefined where nothing was delivered. */
function sentText({ bytes, pieces }: Pick<DestinationReport, "bytes" | "pieces">): string | undefined {
  if (pieces === undefined) return undefined;
  const parts = (["existed", "mounted"] as const).flatMap((kind) => (pieces[kind] === 0 ? [] : [`${pieces[kind]} ${pieceWords[kind]}`]));
  return [formatBytes(bytes), ...parts].join(", ");
}

const pieceWords: Readonly<Record<Exclude<keyof Pieces, "written">, string>> = { existed: "there already", mounted: "mounted" };

function count(many: number, name: string): string {
  return `${many} ${name}${many === 1 ? "" : "s"}`;
}
