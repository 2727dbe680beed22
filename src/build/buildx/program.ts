import { Failure } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import type { SilenceLimits } from "./silence.ts";

/** What buildx is run with. */
export interface BuildxSetting {
  /** Name of the builder, or the address of a BuildKit daemon (`tcp://HOST:PORT`, `unix:///PATH`); buildx's own choice unless given. */
  readonly builder?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder for what is only needed while a build runs; whoever gives it removes it. */
  readonly tempDir: string;
  /** How long a builder may say nothing; 5 minutes until that is told, an hour until it is ended, unless given. */
  readonly silence?: SilenceLimits | undefined;
}

/** A way to start buildx: the program, and the words before its own. */
export type BuildxProgram = readonly [string, ...string[]];

const ways: readonly BuildxProgram[] = [["docker", "buildx"], ["buildx"]];
const askMs = 20_000;

/** How buildx is started here: as docker's plugin, else as a program of its own; undefined where it is neither. */
export async function findBuildx(env: BuildxSetting["env"], signal: AbortSignal | undefined): Promise<BuildxProgram | undefined> {
  for (const way of ways) {
    const [program, ...words] = way;
    const asked = await run(program, [...words, "version"], { env, signal, timeoutMs: askMs }).catch((thrown: unknown) => {
      if (thrown instanceof Failure && thrown.code === "PROGRAM_MISSING") return undefined;
      throw thrown;
    });
    if (asked?.exitCode === 0) return way;
  }
  return undefined;
}

/** That buildx is not here, and what to do. */
export function buildxMissing(why: string): Failure {
  return new Failure("ENGINE_MISSING", `${why}, and docker buildx is not here to build it`, {
    hint: "Install Docker with buildx (in a workflow: docker/setup-buildx-action), or change the Dockerfile so that no program has to run.",
  });
}
