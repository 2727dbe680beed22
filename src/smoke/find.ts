import { Failure, quoteForeign } from "../failure/index.ts";
import { run } from "../process/index.ts";
import { type RuntimeName, runtimeNames, workingWords } from "./words.ts";

/** The environment that programs run in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A runtime that works, or why each that was asked does not. */
export type FoundRuntime = { readonly name: RuntimeName } | { readonly name: undefined; readonly why: string };

const askMs = 20_000;

/**
 * Looks for a runtime that works: its program is installed, and its daemon, where it has one, answers.
 * @param wanted only this one; the first that works unless given
 */
export async function findRuntime(wanted: RuntimeName | undefined, env: Environment, signal?: AbortSignal): Promise<FoundRuntime> {
  const reasons: string[] = [];
  for (const name of wanted === undefined ? runtimeNames : [wanted]) {
    const why = await whyNot(name, env, signal);
    if (why === undefined) return { name };
    reasons.push(`${name} ${why}`);
  }
  return { name: undefined, why: reasons.join("; ") };
}

/**
 * The runtime to use.
 * @throws Failure RUNTIME_MISSING
 */
export async function needRuntime(wanted: RuntimeName | undefined, env: Environment, signal?: AbortSignal): Promise<RuntimeName> {
  const found = await findRuntime(wanted, env, signal);
  if (found.name !== undefined) return found.name;
  throw new Failure("RUNTIME_MISSING", `nothing here can run a container: ${found.why}`, {
    hint: "Install Docker or podman, see that its daemon runs, and that you may use it.",
    facts: { runtime: wanted },
  });
}

async function whyNot(name: RuntimeName, env: Environment, signal: AbortSignal | undefined): Promise<string | undefined> {
  const words = workingWords(name);
  try {
    const { exitCode, stderr } = await run(name, words, { env, signal, timeoutMs: askMs });
    if (exitCode === 0) return undefined;
    if (exitCode === 124) return `did not answer within ${askMs / 1000} s`;
    return `does not work: ${lastLine(stderr) || `${name} ${words.join(" ")} ended with ${exitCode}`}`;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "PROGRAM_MISSING") return "is not installed";
    throw thrown;
  }
}

/** What a program said last, in which it mostly says what is wrong. */
export function lastLine(text: string): string {
  return quoteForeign(text.trimEnd().split("\n").at(-1) ?? "");
}
