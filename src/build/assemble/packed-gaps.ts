import { Failure } from "../../failure/index.ts";
import { machinePlatform } from "../../oci/index.ts";
import type { Dockerfile, Instruction } from "../dockerfile/parse.ts";
import { copySources, globalArguments, platformArguments, stageIndex } from "../dockerfile/stages.ts";
import type { BuildRequest } from "../engine.ts";
import { packingOf } from "./archive-kind.ts";
import { contextFs } from "./context.ts";
import { type Gap, isRemote, reachedStages, unpacks } from "./gaps.ts";
import { metadata } from "./metadata.ts";
import { resolvePath, type SourceFs } from "./rootfs.ts";
import { matchSource } from "./sources.ts";
import { declare, emptyStage, expandIn, type StageState, stageAfter } from "./stage.ts";

/** What is known of a build beside its Dockerfile when an engine is chosen. */
export interface GapInputs extends Pick<BuildRequest, "context" | "args" | "platform"> {
  /** What stands in the .dockerignore. */
  readonly ignore: string | undefined;
}

/**
 * The ADDs of what the target reaches whose sources are packed with bzip2 or xz, told by their first bytes: by their names where the
 * context is not at hand. What a source is called is followed as far as the Dockerfile says it; variables of a base image are not known here.
 * @throws Failure CONTEXT_INVALID, and those of reading the context
 */
export async function packedGaps(dockerfile: Dockerfile, target: string | undefined, inputs?: GapInputs): Promise<readonly Gap[]> {
  const adds = addsOf(dockerfile, target, inputs);
  if (adds.length === 0) return [];
  const files = inputs === undefined ? undefined : await contextFs(inputs.context, inputs.ignore);
  const gaps: Gap[] = [];
  for (const { instruction, sources } of adds) {
    const { line, keyword, text } = instruction;
    const why = files === undefined ? namedAsPacked(sources) : await packedWith(sources, files);
    if (why !== undefined) gaps.push({ line, instruction: keyword, text, why });
  }
  return gaps;
}

/** An ADD that unpacks, with its sources in the context. */
interface Add {
  readonly instruction: Instruction;
  readonly sources: readonly string[];
}

/** Goes through the stages as a build does, as far as variables need it. What cannot be filled in is told by the build. */
function addsOf(dockerfile: Dockerfile, target: string | undefined, inputs: GapInputs | undefined): readonly Add[] {
  const reached = reachedStages(dockerfile, target);
  if (!reached.some(({ instructions }) => instructions.some(unpacks))) return [];
  const tools = { dockerfile, given: inputs?.args ?? {}, globals: globalsOf(dockerfile, target, inputs) };
  const states = new Map<number, StageState>();
  return reached.flatMap(({ stage, index, instructions }) => {
    const earlier = states.get(stageIndex(dockerfile.stages, stage.base, index) ?? -1);
    const state = earlier === undefined ? emptyStage(false) : stageAfter(earlier, false);
    states.set(index, state);
    return instructions.flatMap((instruction): readonly Add[] => {
      const expand = (word: string): string => expandIn(state, word, instruction, tools);
      return untold(() => {
        if (instruction.keyword === "ARG") declare(state, instruction, tools);
        if (instruction.keyword === "ENV") metadata["ENV"]?.(state.settings, instruction, { escapeChar: dockerfile.escapeChar, expand });
        if (!unpacks(instruction)) return [];
        const sources = copySources(instruction)
          .map(expand)
          .filter((one) => !isRemote(one));
        return sources.length === 0 ? [] : [{ instruction, sources }];
      }, []);
    });
  });
}

function globalsOf(dockerfile: Dockerfile, target: string | undefined, inputs: GapInputs | undefined): Readonly<Record<string, string>> {
  const automatic =
    inputs === undefined ? {} : platformArguments(inputs.platform, machinePlatform(), target || dockerfile.stages.at(-1)?.name);
  return untold(() => globalArguments(dockerfile, { args: inputs?.args ?? {} }, automatic), {});
}

/** Does something whose failure the build itself tells, in its place. */
function untold<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return otherwise;
  }
}

function namedAsPacked(sources: readonly string[]): string | undefined {
  const named = sources.find((source) => /\.(?:bz2|tbz2?|xz|txz)$/i.test(source));
  return named === undefined ? undefined : `${named} is packed with bzip2 or xz, by its name`;
}

/** What is packed, and how; undefined where nothing is. That a source names nothing is for the build to say. */
async function packedWith(sources: readonly string[], files: SourceFs): Promise<string | undefined> {
  for (const source of sources) {
    for (const path of untold(() => matchSource(source, { from: files, fromName: "the context" }), [])) {
      const node = files.get(resolvePath(files, path) ?? "");
      const packing = node?.kind === "file" ? await packingOf(node.open) : "none";
      if (packing === "bzip2" || packing === "xz") return `${path} is packed with ${packing}`;
    }
  }
  return undefined;
}
