import { diffLines } from "./diff.ts";
import type { ReadText } from "./find.ts";
import type { WantedFile } from "./scaffold.ts";

/** What writing a file would do to the repository. */
export interface Change extends WantedFile {
  /** `renewed`: what init wrote before, or only added to; `overwritten`: what someone else wrote or changed. */
  readonly kind: "new" | "same" | "renewed" | "overwritten";
  /** Lines that differ, as in `diff -u` without its heads; empty where nothing does. */
  readonly diff: readonly string[];
}

/** What would change, file by file. Line ends alone are no difference. */
export async function changesOf(files: readonly WantedFile[], read: ReadText): Promise<readonly Change[]> {
  return await Promise.all(
    files.map(async (file): Promise<Change> => {
      const before = await read(file.path);
      if (before === undefined) return { ...file, kind: "new", diff: diffLines("", file.text) };
      const diff = diffLines(before, file.text);
      if (diff.every((line) => !/^[-+]/.test(line))) return { ...file, kind: "same", diff: [] };
      return { ...file, kind: file.ours(before) ? "renewed" : "overwritten", diff };
    }),
  );
}
