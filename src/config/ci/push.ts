import type { Environment } from "../environment.ts";
import { branchOf, isCommit, type Push, type ReadText } from "./names.ts";
import { serviceIn } from "./services.ts";

/**
 * The push that a run is for: what its branch named before, and names now. Undefined where the run is for none (a pull request, a tag, a
 * person who started it), or the service does not say what the branch named before.
 */
export async function pushFromEnvironment(env: Environment, readFile: ReadText): Promise<Push | undefined> {
  if (env["GITHUB_ACTIONS"] && env["GITHUB_SHA"]) return await githubPush(env, readFile);
  const service = serviceIn(env);
  const { commit: after, branch } = service?.commit(env) ?? {};
  return pushOf(service?.before(env), after, branch);
}

/** `before` and `after` of the event (GitHub, "Webhook events and payloads", push). */
async function githubPush(env: Environment, readFile: ReadText): Promise<Push | undefined> {
  const { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REF: ref = "" } = env;
  if (name !== "push" || path === undefined) return undefined;
  try {
    const { before, after } = Object(JSON.parse((await readFile(path)) ?? "")) as Readonly<Record<string, unknown>>;
    return pushOf(before, after, branchOf(ref));
  } catch {
    return undefined;
  }
}

function pushOf(before: unknown, after: unknown, branch: string | undefined): Push | undefined {
  if (typeof before !== "string" || typeof after !== "string" || branch === undefined) return undefined;
  if (!isCommit(before) || !isCommit(after)) return undefined;
  // All zeros stand for no commit: the branch is new.
  return { before: /^0+$/.test(before) ? undefined : before, after, branch };
}
