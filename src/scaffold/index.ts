/**
 * What `waybill init` writes into a repository: waybill.yaml, the workflow, the wrapper that runs the pinned waybill, the make
 * targets; and what is to be done at AWS and GitHub. A repository's outline and a few answers come in, texts and what they
 * would change go out. This room writes no file and asks nobody: it must not know terminals.
 */
export { type Answers, answered, type Given, missing, taken } from "./answers.ts";
export { type Change, changesOf } from "./change.ts";
export { type Found, findIn } from "./find.ts";
export { infra } from "./infra/infra.ts";
export { differences, type SettingDifference, wantedRepository } from "./infra/wanted.ts";
export { nextSteps } from "./next.ts";
export { type Pin, pinOf } from "./pin.ts";
export { settingsPath } from "./render/settings.ts";
export { wrapperPin } from "./render/wrapper.ts";
export { scaffold } from "./scaffold.ts";
export { seen } from "./seen.ts";
export { settingsFor } from "./settings.ts";
