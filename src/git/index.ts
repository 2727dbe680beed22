/**
 * The git repository that is published from, read through git itself. A folder comes in; commits, branches, history and the
 * files of a commit go out, the files as a checkout would hold them. This room knows nothing of images.
 */
export type { Answer } from "./ancestry.ts";
export type { Tip } from "./branches.ts";
export { type Checkout, openCheckout } from "./checkout.ts";
export type { Commit } from "./commit.ts";
export type { Elsewhere } from "./elsewhere.ts";
export { type CommitSha, isFullName, parseCommitSha } from "./names.ts";
export { type BranchBy, type Outline, outlineOf } from "./outline.ts";
export type { Pushed, PushQuestion } from "./pushed.ts";
export { openRepository, type Repository } from "./repository.ts";
export type { FileEntry, FileSource, Files } from "./tree/files.ts";
export { generatedFiles, overlay } from "./tree/generated.ts";
