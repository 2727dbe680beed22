/** Services that keep repositories and do not run GitHub's workflows, by their hosts. GitHub Enterprise has a host of its own. */
const others: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[.-])gitlab(?:[.-]|$)/, "GitLab"],
  [/(?:^|[.-])bitbucket(?:[.-]|$)/, "Bitbucket"],
  [/^dev\.azure\.com$|\.visualstudio\.com$/, "Azure DevOps"],
  [/^git-codecommit\./, "CodeCommit"],
];

/** The service that a remote's host belongs to, where it is known not to be GitHub. */
export function otherService(host: string | undefined): string | undefined {
  return host === undefined ? undefined : others.find(([hosts]) => hosts.test(host))?.[1];
}
