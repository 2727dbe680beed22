import type { LatestPolicy, SmokeSettings } from "../config/index.ts";
import { formatPlatform } from "../oci/index.ts";
import { formatMs } from "../report/index.ts";
import { usualStatus } from "../smoke/index.ts";
import type { Plan } from "./types.ts";

/** A plan in one line: how many destinations, which tags, which engine, which platform. */
export function describePlan(plan: Plan): string {
  const { destinations, releaseTag, moving, platform } = plan;
  const places = destinations.length === 1 ? destinations[0].name : `${destinations.length} destinations`;
  const tags = [releaseTag, ...moving.map(({ tag }) => tag)].join(", ");
  return `${places}: ${tags}, ${formatPlatform(platform)}, ${engineWords(plan)}`;
}

/** What builds; of two builders the machine decides, which is asked only where something is built. */
function engineWords({ build, image }: Plan): string {
  if (build.kind !== "build") return "no engine";
  const open = build.engine === "buildx" && image.build.engine === "auto" && image.build.builder === undefined;
  return open ? "buildx or buildah" : build.engine;
}

/** What each policy of a moving tag comes to. */
const ways: Readonly<Record<LatestPolicy, string>> = {
  forward: "forward only",
  adopt: "forward, and from an image that names no commit of this history",
  always: "also from where the branch has left",
  never: "never moved",
};

/** A plan in full, a line for each thing that it holds beside its commit. */
export function planLines(plan: Plan): readonly string[] {
  const { build, image } = plan;
  return [
    ...plan.destinations.map(({ name, primary, trusted }) => `to ${name}${primary ? " (primary)" : trusted ? " (trusted)" : ""}`),
    `release tag ${plan.releaseTag}`,
    ...plan.moving.map(({ tag, branch, policy }) => `moving tag ${tag}, for commits of ${branch}, ${ways[policy]}`),
    `platform ${formatPlatform(plan.platform)}`,
    build.kind === "build"
      ? `${engineWords(plan)} builds ${image.build.file} in context ${image.build.context}: ${build.why}`
      : `cannot be built: ${build.failure.message}`,
    ...(image.smoke === undefined ? [] : [`started before its tags are written, where it is new: ${smokeWords(image.smoke)}`]),
    `release tags hold one digest where ${plan.destinations[0].name} refuses to overwrite (ECR: immutable); elsewhere run one publisher at a time`,
  ];
}

function smokeWords({ http, status = usualStatus, port, timeoutMs, runtime }: SmokeSettings): string {
  const shows =
    http === undefined
      ? "it passes its HEALTHCHECK, or stays up"
      : `GET ${http}${port === undefined ? "" : ` at port ${port}`} answers ${status}`;
  return `by ${runtime ?? "docker, podman or nerdctl"}, until ${shows}${timeoutMs === undefined ? "" : `, within ${formatMs(timeoutMs)}`}`;
}
