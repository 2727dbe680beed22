import { parseDocument } from "yaml";
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

/** A waybill.yaml that is there, with what was said now; its comments and all else stay. */
export function editedSettings(text: string, { image, registry, role, file, context, platform, branch }: Given): string {
  const document = parseDocument(text);
  const set = (path: readonly (string | number)[], value: unknown): void => {
    if (value !== undefined) document.setIn(path, value);
  };
  set(["image"], image?.[0]);
  set(["build", "file"], file?.[0]);
  set(["build", "context"], context);
  set(["build", "platform"], platform);
  set(
    ["destinations"],
    registry && document.createNode(registry.map((host) => ({ registry: host, ...(isEcr(host) && role ? { role } : {}) }))),
  );
  if (registry === undefined) set(["destinations", 0, "role"], role);
  set(["branches"], branch && document.createNode([...branch], { flow: true }));
  if ([image, registry, role, file, context, platform, branch].every((one) => one === undefined)) return text;
  return document.toString({ lineWidth: 0 });
}
