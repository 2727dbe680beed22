import { foreignFrontend, type Gap } from "../assemble/gaps.ts";
import type { Dockerfile, Instruction } from "../dockerfile/parse.ts";
import { atLeast, type BuildahVersion } from "./program.ts";

/** The first that reads heredocs. An older one takes their lines for instructions, and `<<EOF` for a word of the shell. */
const heredocs = "1.33";

/**
 * What keeps a version of buildah from building a Dockerfile, as far as it would not say so itself; empty where nothing does. Stages
 * that the target does not need count too: an old buildah reads them before it leaves them out.
 */
export function buildahGaps(dockerfile: Dockerfile, version: BuildahVersion, isolation: string): readonly Gap[] {
  return [...frontendGaps(dockerfile), ...dockerfile.stages.flatMap((stage) => stage.instructions.flatMap(networkGaps)), ...heredocGaps()];

  /** Without a network namespace the program would have the network all the same, and nobody would say so. */
  function networkGaps({ line, keyword, flags, text }: Instruction): readonly Gap[] {
    const asked = keyword === "RUN" && flags.some(({ name, value }) => name === "network" && value === "none");
    const why = `with ${isolation} isolation buildah leaves programs the network`;
    return asked && isolation === "chroot" ? [{ line, instruction: "RUN --network=none", why, text }] : [];
  }

  function heredocGaps(): readonly Gap[] {
    if (atLeast(version, heredocs)) return [];
    const why = `buildah ${version.text} reads no heredocs; ${heredocs} and later do`;
    return dockerfile.stages
      .flatMap((stage) => stage.instructions)
      .filter((one) => one.heredocs.length > 0)
      .map(({ line, keyword, text }) => ({ line, instruction: `${keyword} with a heredoc`, why, text }));
  }
}

function frontendGaps({ syntax, directives }: Dockerfile): readonly Gap[] {
  const directive = directives.get("syntax");
  if (directive === undefined || !foreignFrontend(syntax)) return [];
  const { line, text } = directive;
  return [{ line, instruction: "syntax", why: "buildah has one frontend, and takes no other", text }];
}
