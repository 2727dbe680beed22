import { githubAudience, githubIssuer } from "../aws/index.ts";
import { type ImageSettings, parseEcrHost } from "../config/index.ts";
import type { Found } from "./find.ts";

/** What is left to do by hand, outside of the repository: at AWS, at GitHub, and here. One step an entry, of several lines. */
export function nextSteps(images: readonly ImageSettings[], found: Found, written: readonly string[]): readonly string[] {
  const places = images.flatMap(({ destinations }) => destinations);
  const ecr = places.filter(({ host }) => parseEcrHost(host) !== undefined);
  const strangers = [...new Set(places.map(({ host }) => host))].filter((host) => host !== "ghcr.io" && parseEcrHost(host) === undefined);
  return [
    ...(ecr.length === 0 ? [] : awsSteps(images, ecr, found)),
    ...strangers.map(
      (host, at) =>
        `At GitHub, Settings > Secrets and variables > Actions: REGISTRY${at === 0 ? "" : `_${at + 1}`}_USERNAME and REGISTRY${at === 0 ? "" : `_${at + 1}`}_PASSWORD,\nto sign in at ${host}.`,
    ),
    ...(strangers.length > 0 ? [] : ["At GitHub there is nothing to set: the workflow takes no secret."]),
    ...(found.remote === undefined ? ["Give the repository a remote at GitHub: git remote add origin git@github.com:OWNER/NAME.git"] : []),
    ...(found.uncommitted
      ? [`Commit ${images.map(({ build }) => build.file).join(" and ")}: what is published is what the commit holds.`]
      : []),
    ...(written.length === 0
      ? []
      : [`git add ${written.map(quoted).join(" ")} && git commit -m "Publish each commit's image" && git push`]),
  ];
}

function awsSteps(images: readonly ImageSettings[], places: ImageSettings["destinations"], { remote }: Found): readonly string[] {
  const roles = [...new Set(places.flatMap(({ role }) => (role === undefined ? [] : [role])))];
  const repository = remote === undefined ? "OWNER/NAME" : `${remote.owner}/${remote.name}`;
  const branches = [...new Set(images.flatMap((image) => image.branches))];
  const names = [...new Set(places.map(({ host, repository: name }) => `${host}/${name}`))];
  return [
    [
      `At AWS, the trust policy of ${roles.join(", ") || "the role"} lets in these branches, and no other:`,
      ...branches.map(
        (branch) =>
          `  ${githubIssuer}:sub ${branch.includes("*") ? "StringLike  " : "StringEquals"} repo:${repository}:ref:refs/heads/${branch}`,
      ),
      `and ${githubIssuer}:aud is ${githubAudience}. The whole policy: https://github.com/quiltdata/waybill/blob/main/docs/ecr.md`,
    ].join("\n"),
    [
      "At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",
      ...names.map((name) => `  ${name}`),
    ].join("\n"),
  ];
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
