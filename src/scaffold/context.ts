import { posix } from "node:path";
import { parseDockerfile } from "../build/index.ts";
import { Failure } from "../failure/index.ts";

/**
 * The folder that a Dockerfile's COPY and ADD most likely read from: the Dockerfile's own where more of what they name is there,
 * else the root, as `.`.
 * @param tracked all paths of the repository
 */
export function contextOf(file: string, text: string, tracked: readonly string[]): string {
  const dir = posix.dirname(file);
  if (dir === ".") return ".";
  const sources = sourcesOf(file, text);
  const there = (base: string): number =>
    sources.filter((source) => {
      const path = posix.join(base, source);
      return tracked.some((one) => one === path || one.startsWith(`${path}/`));
    }).length;
  return there(dir) > there(".") ? dir : ".";
}

/** Names of files and folders that are copied out of the context, up to the first wildcard or variable. */
function sourcesOf(file: string, text: string): readonly string[] {
  try {
    const { stages } = parseDockerfile({ name: file, text });
    return stages
      .flatMap(({ instructions }) => instructions)
      .filter(
        ({ keyword, flags, heredocs }) =>
          /^(?:COPY|ADD)$/.test(keyword) && heredocs.length === 0 && !flags.some(({ name }) => name === "from"),
      )
      .flatMap(({ rest }) => words(rest).slice(0, -1))
      .map((word) => posix.normalize(word.split(/[*?[$]/, 1)[0] ?? "").replace(/^\/+|\/+$/g, ""))
      .filter((word) => word !== "" && word !== "." && !word.includes(":"));
  } catch (thrown) {
    // Publishing says what is wrong with it; here only a guess is lost.
    if (thrown instanceof Failure) return [];
    throw thrown;
  }
}

function words(rest: string): readonly string[] {
  return [...rest.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,[\]]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
