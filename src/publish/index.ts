/**
 * The main job: one image per commit, in eight steps: commit, plan, survey, obtain, deliver, check, tag, record. A
 * repository, its settings and a way to registries come in; a report goes out. This room moves tags; it does not know how
 * an engine builds or how a registry is spoken to.
 */
export { chooseCommit } from "./commit.ts";
export { commitWords } from "./plan.ts";
export { type PublishOptions, publishRepository, type Registries } from "./repository.ts";
