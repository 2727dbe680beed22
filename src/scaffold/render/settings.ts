import { isNode, isScalar, isSeq, parseDocument } from "yaml";
import type { Given, Setup } from "../answers.ts";
import { list, scalar } from "../yaml-text.ts";

/** Where the configuration is. */
export const settingsPath = "waybill.yaml";

const schema = "https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json";

/** A new waybill.yaml. */
export function settingsText({ images, registries, role, platform, branches }: Setup): string {
  const [first, ...others] = images;
  const plain = branches.find((branch) => !branch.includes("*"));
  const image = (one: Setup["images"][number], indent: string): readonly string[] => [
    `${indent}build:`,
    ...(one.context === "." ? [] : [`${indent}  context: ${scalar(one.context)}`]),
    `${indent}  file: ${scalar(one.file)}`,
  ];
  return `${[
    `# yaml-language-server: $schema=${schema}`,
    "# What waybill publishes, once per commit. https://github.com/quiltdata/waybill#configuration explains every key.",
    ...(first === undefined || others.length > 0
      ? ["build:", `  platform: ${scalar(platform)}`]
      : [`image: ${scalar(first.image)}`, ...image(first, ""), `  platform: ${scalar(platform)}`]),
    "destinations:",
    ...registries.flatMap((host) => [
      `  - registry: ${scalar(host)}`,
      ...(role === undefined || !isEcr(host) ? [] : [`    role: ${scalar(role)}`]),
    ]),
    `branches: ${list(branches)}`,
    "tags:",
    `  release: "{sha}"`,
    `  latest: ${plain === undefined ? "false" : `{ branch: ${scalar(plain)} }`}`,
    ...(others.length === 0
      ? []
      : [
          "images:",
          ...images.flatMap((one) => [`  - name: ${scalar(one.name)}`, `    image: ${scalar(one.image)}`, ...image(one, "    ")]),
        ]),
  ].join("\n")}\n`;
}

function isEcr(host: string): boolean {
  return /\.dkr[.-]ecr/.test(host);
}

/** A waybill.yaml that is there, with what was said now; its comments and all else stay as they are. */
export function editedSettings(text: string, { image, registry, role, file, context, platform, branch }: Given): string {
  const destinations = registry?.map((host) => ({ registry: host, ...(isEcr(host) && role ? { role } : {}) }));
  const changes: readonly (readonly [Path, unknown])[] = [
    [["image"], image?.[0]],
    [["build", "file"], file?.[0]],
    [["build", "context"], context],
    [["build", "platform"], platform],
    [["destinations"], destinations],
    [["destinations", 0, "role"], registry === undefined ? role : undefined],
    [["branches"], branch],
    [["tags", "latest", "branch"], branch && latestBranch(text, branch)],
  ];
  return changes.reduce((edited, [path, value]) => (value === undefined ? edited : withValue(edited, path, value)), text);
}

type Path = readonly (string | number)[];

/** The branch for a latest that would follow one whose commits are not published any more. */
function latestBranch(text: string, branches: readonly string[]): string | undefined {
  const follows = parseDocument(text).getIn(["tags", "latest", "branch"]);
  return typeof follows !== "string" || branches.includes(follows) ? undefined : branches.find((branch) => !branch.includes("*"));
}

/** A value changed where it stands; only where it cannot be, all is written anew. */
function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  const node = document.getIn(path, true);
  const short = typeof value === "string" ? scalar(value) : isTexts(value) ? list(value) : undefined;
  if (short !== undefined && isNode(node) && node.range && (isScalar(node) || (isSeq(node) && node.flow === true))) {
    const [from, to] = node.range;
    return `${text.slice(0, from)}${short}${text.slice(to)}`;
  }
  document.setIn(path, document.createNode(value, { flow: isTexts(value) }));
  return document.toString({ lineWidth: 0 });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
