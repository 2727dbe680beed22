import { githubAudience, githubIssuer } from "../aws/index.ts";
import { type ImageSettings, parseEcrHost } from "../config/index.ts";
import type { Answers } from "./answers.ts";
import type { Found } from "./find.ts";
import { actions } from "./render/actions.ts";
import type { Login } from "./render/workflow.ts";
import { wrapperPath } from "./render/wrapper.ts";
import { loginsOf } from "./scaffold.ts";
import { otherService } from "./service.ts";

const docs = "https://github.com/quiltdata/waybill/blob/main/docs";

/**
 * What is left to do by hand, outside of the repository: at AWS, at GitHub, and here. One step an entry, of several lines.
 * @param inRoot what leads to the repository's root, where the person stands elsewhere
 */
export function nextSteps(
  images: readonly ImageSettings[],
  found: Found,
  { ci, make }: Pick<Answers, "ci" | "make">,
  written: readonly string[],
  inRoot = "",
): readonly string[] {
  const places = images.flatMap(({ destinations }) => destinations);
  const ecr = places.filter(({ host }) => parseEcrHost(host) !== undefined);
  const github = ci !== "none";
  return [
    ...(ecr.length === 0 ? [] : [...(github ? [trustStep(images, ecr, found)] : []), repositoriesStep(ecr, make)]),
    ...(github
      ? [actionsStep(images, places), ...secretSteps(images)]
      : [jobStep(images, found, make === "own" ? "make push-ci" : `sh ${wrapperPath} publish`)]),
    ...(github ? remoteSteps(found) : []),
    ...(found.uncommitted
      ? [`Commit ${images.map(({ build }) => build.file).join(" and ")}: what is published is what the commit holds.`]
      : []),
    ...(written.length === 0
      ? []
      : [`${inRoot}git add ${written.map(quoted).join(" ")} && git commit -m "Publish each commit's image" && git push`]),
  ];
}

function branchesOf(images: readonly ImageSettings[]): readonly string[] {
  return [...new Set(images.flatMap(({ branches }) => branches))];
}

function trustStep(images: readonly ImageSettings[], places: ImageSettings["destinations"], { remote }: Found): string {
  const roles = [...new Set(places.flatMap(({ role }) => (role === undefined ? [] : [role])))];
  const repository = remote === undefined ? "OWNER/NAME" : `${remote.owner}/${remote.name}`;
  return [
    `At AWS, the trust policy of ${roles.join(", ") || "the role"} lets in these branches, and no other:`,
    ...branchesOf(images).map(
      (branch) =>
        `  ${githubIssuer}:sub ${branch.includes("*") ? "StringLike  " : "StringEquals"} repo:${repository}:ref:refs/heads/${branch}`,
    ),
    `and ${githubIssuer}:aud is ${githubAudience}. The whole policy: ${docs}/ecr.md`,
  ].join("\n");
}

function repositoriesStep(places: ImageSettings["destinations"], make: Answers["make"]): string {
  const names = [...new Set(places.map(({ host, repository }) => `${host}/${repository}`))];
  return [
    "At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",
    ...names.map((name) => `  ${name}`),
    `\`${make === "own" ? "waybill" : `sh ${wrapperPath}`} ecr create\` makes them, with an identity that may.`,
  ].join("\n");
}

function actionsStep(images: readonly ImageSettings[], places: ImageSettings["destinations"]): string {
  const { checkout, node, buildx, credentials } = actions;
  const used = [checkout, node, buildx, ...(places.some(({ host }) => parseEcrHost(host) !== undefined) ? [credentials] : [])];
  const secrets = strangersOf(images).length === 0 ? " It takes no secret." : "";
  return `At GitHub, Settings > Actions > General lets the workflow's actions run:\n  ${used.map((one) => one.replace(/@.*/, "")).join(", ")}.${secrets}`;
}

/** Registries that neither the role nor the job's own token signs in at, with the secrets that the workflow names. */
function strangersOf(images: readonly ImageSettings[]): readonly Login[] {
  return loginsOf(images).filter(({ own }) => !own);
}

function secretSteps(images: readonly ImageSettings[]): readonly string[] {
  const nameOf = (secret: string): string => secret.replace("secrets.", "");
  return strangersOf(images).map(
    ({ host, user, password }) =>
      `At GitHub, Settings > Secrets and variables > Actions: ${nameOf(user)} and ${nameOf(password)},\nto sign in at ${host}.`,
  );
}

function remoteSteps({ remote, remoteName }: Found): readonly string[] {
  if (remote !== undefined) return [];
  const how = remoteName === undefined ? "add origin" : `set-url ${quoted(remoteName)}`;
  const why = remoteName === undefined ? "it has none" : `${remoteName} is no address of one`;
  return [`Give the repository a remote at GitHub, where the workflow runs (${why}): git remote ${how} git@github.com:OWNER/NAME.git`];
}

function jobStep(images: readonly ImageSettings[], { remote }: Found, command: string): string {
  const service = otherService(remote?.host) ?? "your CI";
  return [
    `Let ${service} run this for each push to ${branchesOf(images).join(", ")}, with Node and git in the job, and signed in at the registry:`,
    `  ${command}`,
    `Templates, and what each service is to be told: ${docs}/ci.md`,
  ].join("\n");
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
