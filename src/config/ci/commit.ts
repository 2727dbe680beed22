import { Failure, quoteForeign } from "../../failure/index.ts";
import type { Environment } from "../environment.ts";
import { githubCommit } from "./github.ts";
import { type CommitFromEnvironment, isCommit, type ReadText, type ServiceCommit } from "./names.ts";
import { serviceIn } from "./services.ts";

/**
 * The commit to publish, as the environment has it: VERSION or WAYBILL_COMMIT, which a person set for waybill, before
 * what the CI service says of its run.
 * @throws Failure CONFIG_INVALID where VERSION is empty or no commit, or the two disagree; COMMIT_ABBREVIATED
 */
export async function commitFromEnvironment(env: Environment, readFile: ReadText): Promise<CommitFromEnvironment | undefined> {
  const stated = statedCommit(env);
  const service = await serviceCommit(env, readFile);
  if (stated === undefined) return service && { commit: service.commit, branch: service.branch, from: service.from, note: service.note };
  if (service?.commit === undefined) return stated;
  // The branch of the run says nothing about another commit.
  if (service.commit === stated.commit) return { ...stated, branch: service.branch, note: service.note };
  const note =
    service.merge === stated.commit
      ? `${stated.from} names ${short(stated.commit)}, the merge commit that ${service.from} made to test a pull request; its head is ${short(service.commit)}`
      : `${stated.from} names ${short(stated.commit)}; the run itself is for ${short(service.commit)} (${service.from})`;
  return { ...stated, note };
}

async function serviceCommit(env: Environment, readFile: ReadText): Promise<ServiceCommit | undefined> {
  if (env["GITHUB_ACTIONS"] && env["GITHUB_SHA"]) return await githubCommit(env, readFile);
  return serviceIn(env)?.commit(env);
}

function statedCommit(env: Environment): { readonly commit: string; readonly from: string } | undefined {
  const version = env["VERSION"] === undefined ? undefined : { commit: parseCommit(env["VERSION"], "VERSION"), from: "VERSION" };
  const own = env["WAYBILL_COMMIT"];
  if (!own) return version;
  const commit = parseCommit(own, "WAYBILL_COMMIT");
  if (version !== undefined && version.commit !== commit) {
    throw new Failure("CONFIG_INVALID", `VERSION names ${version.commit}, and WAYBILL_COMMIT names ${commit}`, {
      hint: "Set one of them.",
    });
  }
  return { commit, from: "WAYBILL_COMMIT" };
}

function parseCommit(text: string, variable: string): string {
  const word = text.trim();
  const commit: string = word.toLowerCase();
  if (isCommit(commit)) return commit;
  if (word === "") {
    throw new Failure("CONFIG_INVALID", `${variable} is set, and empty`, {
      hint: `Set ${variable} to a commit's full name, or unset it to publish the commit that the run is for, or HEAD.`,
    });
  }
  if (/^[0-9a-f]{4,63}$/i.test(word)) {
    throw new Failure("COMMIT_ABBREVIATED", `${variable} is "${word}", which has ${word.length} digits and not 40`, {
      hint: `Give the full name: ${variable}=$(git rev-parse ${word}).`,
    });
  }
  throw new Failure("CONFIG_INVALID", `${variable} is "${quoteForeign(word, 80)}", which is no commit`, {
    hint: `${variable} is the commit to publish, by its full name (40 hexadecimal digits); unset it if it is meant for another tool. A published image gets a version with: waybill promote SHA VERSION.`,
  });
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
