/** What a value may be; `any` is known to nobody but the person who types. */
export type Value =
  | { readonly kind: "any" | "files" | "folders" | "commits" | "versions" | "branches" }
  | { readonly kind: "choices"; readonly choices: readonly string[] };

/** What the definitions call values, and what they are. */
const kinds: ReadonlyMap<string, Value> = new Map(
  Object.entries<Value>({
    path: { kind: "files" },
    file: { kind: "files" },
    dir: { kind: "folders" },
    sha: { kind: "commits" },
    before: { kind: "commits" },
    after: { kind: "commits" },
    version: { kind: "versions" },
    tags: { kind: "versions" },
    branch: { kind: "branches" },
    platform: {
      kind: "choices",
      choices: ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x"],
    },
  }),
);

/**
 * What a value may be.
 * @param name what the definition calls it: `<sha>` without its brackets
 * @param choices what it has to be one of, where there are such
 */
export function valueCalled(name: string, choices: readonly string[]): Value {
  if (choices.length > 0) return { kind: "choices", choices };
  return kinds.get(name) ?? { kind: "any" };
}
