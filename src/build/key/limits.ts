import type { Instruction } from "../dockerfile/parse.ts";
import type { ContextEntry } from "../engine.ts";

/**
 * Whether a program runs that may see more than the key holds: package indexes, the time of day. RUN without a network counts as a
 * function of its inputs, as in a layer cache.
 */
export function agesOf(instructions: readonly Instruction[]): boolean {
  return instructions.some(
    ({ keyword, flags }) => keyword === "RUN" && !flags.some(({ name, value }) => name === "network" && value === "none"),
  );
}

/** Why a context must not be reused at all, or undefined. */
export function historyUnfit(entries: readonly ContextEntry[]): string | undefined {
  const history = entries.find(({ path }) => path.includes(".git") && path.split("/").includes(".git"));
  return history && `the context holds ${history.path}, which differs between clones of one commit`;
}

const remote = /^(?:https?|ftp|git|ssh):\/\/|^git@[^\s:]+:/i;
const fullCommit = /#(?:[^:]*\b)?(?:[0-9a-f]{40}|[0-9a-f]{64})(?::|$)/;
const git = /\.git(?:#|$)|^(?:git|ssh):\/\/|^git@/i;

/** Whether a source of ADD is no file of the context. */
export function isRemote(source: string): boolean {
  return remote.test(source);
}

/** Why what comes from the network must not be reused, or undefined where its content is named beforehand. */
export function remoteUnfit(source: string, { file, line, flags }: Instruction): string | undefined {
  const pinned = flags.some(({ name, value }) => name === "checksum" && value) || (git.test(source) && fullCommit.test(source));
  return pinned ? undefined : `${file}:${line} adds from the network without a checksum, and nobody knows what is there now`;
}
