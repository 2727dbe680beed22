import type { Check } from "../check.ts";

/** The repository has a remote, and its history. */
export const gitCheck: Check = async ({ outline: { root, shallow, source } }) => [
  { level: "pass", what: `repository ${root}` },
  shallow
    ? {
        level: "warning",
        what: "the checkout is shallow: publish fetches the history that latest and reuse need",
        mend: 'give actions/checkout fetch-depth: 0 and filter: "blob:none"; here: git fetch --unshallow --filter=blob:none',
      }
    : { level: "pass", what: "the checkout has its history" },
  ...(source === undefined
    ? [{ level: "warning" as const, what: "the repository has no remote", mend: "git remote add origin git@github.com:OWNER/NAME.git" }]
    : []),
];
