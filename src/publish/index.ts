/**
 * The main job: one image per commit, in eight steps: commit, plan, survey, obtain, deliver, check, tag, record. A
 * repository, its settings and a way to registries come in; a report goes out. This room moves tags; it does not know how
 * an engine builds or how a registry is spoken to.
 */

export { type CommitChoice, chooseCommit } from "./commit.ts";
export { type Fleet, verifyFleet } from "./fleet.ts";
export { chosenImages, type Registries } from "./inputs.ts";
export { type LocalBuilt, type LocalImage, type LocalOptions, withCheckout } from "./local.ts";
export { commitWords } from "./plan.ts";
export { type Outlook, type PlannedImage, type PlanningOptions, planRepository } from "./planned.ts";
export { type PromotionResult, promote } from "./promote/promote.ts";
export { isPrerelease } from "./promote/version.ts";
export { type PushOptions, type PushReports, publishPush } from "./push.ts";
export { type PublishOptions, publishRepository } from "./repository.ts";
export { type Difference, type Rebuilt, whyRebuilt } from "./reuse/why.ts";
export type { PublishedCommit } from "./types.ts";
