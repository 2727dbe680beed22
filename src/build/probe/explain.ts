import { assembleGaps, type Gap } from "../assemble/gaps.ts";
import { type GapInputs, packedGaps } from "../assemble/packed-gaps.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/parse.ts";
import { type FoundBuildah, probeBuildah } from "./buildah.ts";
import { type FoundBuildx, type ProbeSetting, probeBuildx } from "./buildx.ts";

/** Why an engine is taken, or why there is none. */
export interface EngineExplanation {
  /** The engine that would build here; undefined where none can. */
  readonly engine: "assemble" | "buildx" | "buildah" | undefined;
  /** What the Dockerfile asks for that assemble does not do; empty where nothing is. */
  readonly needs: readonly Gap[];
  /** What the machine has; only asked where something is needed, or an engine was asked for by name. */
  readonly machine: { readonly buildx: FoundBuildx; readonly buildah: FoundBuildah } | undefined;
  /** What is missing, each with how to get it; empty where an engine can build. */
  readonly missing: readonly { readonly what: string; readonly how: string }[];
  /** All of it in sentences for people, one a line. */
  readonly lines: readonly string[];
}

/** What an explanation is made for. */
export interface ExplainSetting extends ProbeSetting {
  readonly target?: string | undefined;
  /** What the build is made of, where it is at hand. */
  readonly inputs?: GapInputs | undefined;
}

const getBuildx: Readonly<Record<string, string>> = {
  absent:
    "Install Docker with buildx: on a GitHub runner add a step docker/setup-buildx-action before waybill; on Ubuntu: apt-get install docker.io docker-buildx; on Debian: docker-buildx-plugin from Docker's own packages.",
  silent: "Start the Docker daemon (systemctl start docker), look at docker buildx ls, or name another builder with build.builder.",
};

/**
 * What a Dockerfile needs to be built, what this machine has for that, and what is missing. Asks programs of this machine, each
 * within seconds, and nobody else.
 * @param wanted the engine as configured: `auto`, `assemble`, `buildx`, `buildah`
 * @throws Failure DOCKERFILE_INVALID
 */
export async function explainEngine(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  setting: ExplainSetting,
): Promise<EngineExplanation> {
  const parsed = parseDockerfile(dockerfile);
  const needs = [...assembleGaps(parsed, setting.target), ...(await packedGaps(parsed, setting.target, setting.inputs))];
  if (wanted === "assemble" || (wanted === "auto" && needs.length === 0)) return assembled(parsed, needs);
  const machine = await probe(parsed, setting);
  const engine = chosen(wanted, machine, setting.builder);
  const missing = engine === undefined ? missingFor(wanted, machine) : [];
  return {
    engine,
    needs,
    machine,
    missing,
    lines: [
      ...needs.slice(0, 3).map((gap) => needLine(parsed.name, gap)),
      ...(needs.length > 3 ? [`and ${needs.length - 3} more such instructions`] : []),
      `docker buildx: ${buildxText(machine.buildx)}`,
      `buildah: ${buildahText(machine.buildah).replace(/^buildah /, "")}`,
      engine === undefined ? "nothing here can build it" : `${engine} builds it`,
      ...missing.map(({ what, how }) => `${what}: ${how}`),
    ],
  };
}

/** What of both builders is here; they are asked at once. */
export async function probe(dockerfile: Dockerfile, setting: ProbeSetting): Promise<NonNullable<EngineExplanation["machine"]>> {
  const [buildx, buildah] = await Promise.all([probeBuildx(setting), probeBuildah(dockerfile, setting)]);
  return { buildx, buildah };
}

/** Which of the builders is taken. A builder that was named is buildx's: no other takes its place. */
export function chosen(
  wanted: string,
  { buildx, buildah }: NonNullable<EngineExplanation["machine"]>,
  builder: string | undefined,
): "buildx" | "buildah" | undefined {
  if (wanted !== "buildah" && buildx.state === "ready") return "buildx";
  if (wanted === "buildx" || (wanted === "auto" && builder !== undefined)) return undefined;
  return buildah.state === "ready" ? "buildah" : undefined;
}

/** What is missing for the engine that was asked for, or for any; and how to get it. */
export function missingFor(wanted: string, { buildx, buildah }: NonNullable<EngineExplanation["machine"]>): EngineExplanation["missing"] {
  return [
    ...(wanted === "buildah" || buildx.state === "ready"
      ? []
      : [{ what: `docker buildx ${buildxText(buildx)}`, how: getBuildx[buildx.state] ?? "" }]),
    ...(wanted === "buildx" || buildah.state === "ready" ? [] : [{ what: buildahText(buildah), how: buildah.hint }]),
  ];
}

function assembled({ name }: Dockerfile, needs: readonly Gap[]): EngineExplanation {
  const fits = needs.length === 0;
  return {
    engine: fits ? "assemble" : undefined,
    needs,
    machine: undefined,
    missing: fits ? [] : [{ what: "assemble does not do it", how: "Take --engine auto, with docker buildx or buildah installed." }],
    lines: fits ? [`${name} needs no program to run: assemble builds it here, without a builder`] : needs.map((gap) => needLine(name, gap)),
  };
}

function needLine(file: string, { line, instruction, why }: Gap): string {
  return `${file}:${line} is ${instruction}: ${why}`;
}

function buildxText(found: FoundBuildx): string {
  if (found.state === "absent") return "is not installed";
  if (found.state === "silent") return `is here, and its builder does not answer: ${found.why}`;
  const { version, builder, driver, gives } = found;
  return [`${version || "is here"}`, builder && `builder ${builder}`, driver && `driver ${driver}`, `gives ${gives}`]
    .filter(Boolean)
    .join(", ");
}

function buildahText(found: FoundBuildah): string {
  return found.state === "ready" ? `version ${found.version}` : found.why;
}
