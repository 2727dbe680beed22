import { formatPlatform, type Platform } from "../../oci/index.ts";
import { ExpansionError, expand, type Variables, type Writing } from "./expand.ts";
import type { Dockerfile, Instruction, Stage } from "./parse.ts";
import { type Place, problem } from "./problem.ts";
import { jsonWords, plainWords, quotedWords } from "./words.ts";

/** What a build gives to the Dockerfile's arguments. */
export interface BuildArguments {
  /** `--build-arg`. */
  readonly args: Readonly<Record<string, string>>;
  /** The platform that is built for. */
  readonly platform: Platform;
  readonly target?: string | undefined;
}

/**
 * Arguments that every build has (Dockerfile reference, "Automatic platform ARGs in the global scope").
 * @param stage name of the stage that is built, where it has one
 */
export function platformArguments(platform: Platform, builder: Platform, stage = "default"): Readonly<Record<string, string>> {
  const words = (prefix: string, { os, architecture, variant }: Platform): Record<string, string> => ({
    [`${prefix}OS`]: os,
    [`${prefix}OSVERSION`]: "",
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant ?? "",
  });
  return {
    TARGETSTAGE: stage,
    TARGETPLATFORM: formatPlatform(platform),
    ...words("TARGET", platform),
    BUILDPLATFORM: formatPlatform(builder),
    ...words("BUILD", builder),
  };
}

/** Splits an ARG's text into its declarations: a name, and a default where one is given. */
export function declarations(rest: string, escapeChar: string): readonly (readonly [string, string | undefined])[] {
  return quotedWords(rest, escapeChar).map((word): readonly [string, string | undefined] => {
    const at = word.indexOf("=");
    return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
  });
}

/** The value of a name that a Dockerfile chose: `constructor` is a name like any other. */
export function valueIn(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Values of the arguments before the first FROM: those that FROM may use. */
export function globalArguments(
  dockerfile: Dockerfile,
  { args }: Pick<BuildArguments, "args">,
  automatic: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(automatic)) values[name] = valueIn(args, name) ?? value;
  for (const instruction of dockerfile.globals) {
    for (const [name, preset] of declarations(instruction.rest, dockerfile.escapeChar)) {
      const value =
        valueIn(args, name) ??
        (preset === undefined ? valueIn(automatic, name) : expandAt(preset, (one) => values[one], dockerfile, instruction));
      if (value !== undefined) values[name] = value;
    }
  }
  return values;
}

/** Expands a word of an instruction. @throws Failure DOCKERFILE_INVALID with file and line */
export function expandAt(word: string, variables: Variables, writing: Writing, place: Place & { readonly text?: string }): string {
  try {
    return expand(word, variables, writing);
  } catch (thrown) {
    if (!(thrown instanceof ExpansionError)) throw thrown;
    throw problem("DOCKERFILE_INVALID", place, thrown.message, {
      ...(place.text === undefined ? {} : { text: place.text }),
      hint: "Give the variable a value, or mend how it is written; a backslash before $ or a quote takes it as it is.",
    });
  }
}

/** The index of the stage that is to be built: the named or numbered one, else the last. @throws Failure DOCKERFILE_INVALID */
export function targetStage({ stages, name }: Dockerfile, target: string | undefined): number {
  if (target === undefined || target === "") return stages.length - 1;
  const found = stageIndex(stages, target);
  if (found !== undefined) return found;
  const names = stages.flatMap((stage) => stage.name ?? []);
  throw problem("DOCKERFILE_INVALID", { file: name, line: 1 }, `there is no stage ${JSON.stringify(target.slice(0, 100))}`, {
    hint: names.length === 0 ? "No stage of the Dockerfile has a name." : `It has ${names.join(", ")}.`,
  });
}

/** The index of the stage that a name or number means, of those before `below`. */
export function stageIndex(stages: readonly Stage[], name: string, below = stages.length): number | undefined {
  const named = stages.slice(0, below).findIndex((stage) => stage.name === name.toLowerCase());
  if (named !== -1) return named;
  return /^\d+$/.test(name) && Number(name) < below ? Number(name) : undefined;
}

/** Where a COPY takes its files from, or what else a `from=` names, unexpanded. */
export function fromFlag({ flags }: Instruction): string | undefined {
  return flags.find((flag) => flag.name === "from")?.value;
}

/** What a COPY or ADD names as sources, unexpanded and without here-documents. */
export function copySources({ rest, heredocs }: Instruction): readonly string[] {
  const words = (jsonWords(rest) ?? plainWords(rest)).slice(0, -1);
  return words.filter((word) => !heredocs.some((one) => one.word === word));
}

/** The indexes of the stages whose layers are a target's own: itself, and what it is built upon. Of the others only files are copied. */
export function ownStages(dockerfile: Dockerfile, target: number, variables: Variables): ReadonlySet<number> {
  const own = new Set<number>();
  for (let index: number | undefined = target; index !== undefined; ) {
    own.add(index);
    const base: string | undefined = expanded(dockerfile.stages[index]?.base ?? "", variables, dockerfile);
    index = base === undefined ? undefined : stageIndex(dockerfile.stages, base, index);
  }
  return own;
}

/** The indexes of the stages that a target needs: itself, what it is built upon, and what it copies from. */
export function reachableStages(dockerfile: Dockerfile, target: number, variables: Variables): ReadonlySet<number> {
  const reached = new Set<number>();
  const visit = (index: number): void => {
    if (reached.has(index)) return;
    reached.add(index);
    const stage = dockerfile.stages[index];
    if (stage === undefined) return;
    const names = [stage.base, ...stage.instructions.flatMap(sources)];
    for (const name of names) {
      const word = expanded(name, variables, dockerfile);
      const needed = word === undefined ? undefined : stageIndex(dockerfile.stages, word, index);
      if (needed !== undefined) visit(needed);
    }
  };
  visit(target);
  return reached;
}

/** A word with its variables filled in; undefined where that cannot be done, which whoever builds it says. */
function expanded(word: string, variables: Variables, dockerfile: Dockerfile): string | undefined {
  try {
    return expand(word, variables, dockerfile);
  } catch {
    return undefined;
  }
}

function sources(instruction: Instruction): readonly string[] {
  const mounts = instruction.flags
    .filter((flag) => flag.name === "mount")
    .flatMap((flag) => /(?:^|,)from=([^,]+)/.exec(flag.value ?? "")?.[1] ?? []);
  return [fromFlag(instruction) ?? [], mounts].flat();
}
