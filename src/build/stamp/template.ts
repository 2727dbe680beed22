import { Failure } from "../../failure/index.ts";

/** What a template may say of the commit: nothing of the run, so that the same commit always gives the same text. */
export interface CommitWords {
  /** The full commit. */
  readonly sha: string;
  /** Its first twelve digits, for people. */
  readonly short: string;
  /** The commit's tree. */
  readonly tree: string;
  /** Committer time, RFC 3339 in UTC. */
  readonly date: string;
}

/**
 * Fills `{sha}`, `{short}`, `{tree}` and `{date}` into a template of the configuration.
 * @param key the configuration's key, for the error
 * @throws Failure CONFIG_INVALID for a name that is none of these
 */
export function fillTemplate(template: string, words: CommitWords, key: string): string {
  return template.replace(/\{([A-Za-z]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(words, name) ? (words as unknown as Readonly<Record<string, string | undefined>>)[name] : undefined;
    if (value !== undefined) return value;
    throw new Failure("CONFIG_INVALID", `${key}: "{${name}}" stands for nothing`, {
      hint: `Write one of ${Object.keys(words)
        .map((word) => `{${word}}`)
        .join(", ")}.`,
    });
  });
}
