/** What a token is wanted for, as `repository:NAME:ACTION[,ACTION]` (the distribution project's token scopes). */
export type Scope = string;

/** What a request does in a repository. */
export type Access = "pull" | "push" | "delete";

/** The scope of one repository; who pushes also pulls, and who deletes does both, so that fewer tokens are needed. */
export function repositoryScope(repository: string, access: Access): Scope {
  const actions = { pull: "pull", push: "pull,push", delete: "delete,pull,push" } as const;
  return `repository:${repository}:${actions[access]}`;
}

/** Scopes that a challenge names, as far as they are ones. */
export function parseScopes(text: string | undefined): readonly Scope[] {
  return (text ?? "")
    .split(" ")
    .slice(0, 16)
    .filter((scope) => /^[a-z]+(\([a-z]+\))?:[A-Za-z0-9._/:*-]{1,512}:[a-z*,]{0,64}$/.test(scope));
}

/** Whether whoever holds the one set of scopes may do all that the other allows. */
export function covers(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  const parts = (scope: Scope): readonly [string, readonly string[]] => {
    const colon = scope.lastIndexOf(":");
    return [scope.slice(0, colon), scope.slice(colon + 1).split(",")];
  };
  const allowed = held.map(parts);
  return wanted
    .map(parts)
    .every(([name, actions]) => allowed.some(([other, all]) => other === name && actions.every((action) => all.includes(action))));
}
