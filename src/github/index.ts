/**
 * What GitHub Actions hears of a run: outputs for later steps, a step summary, annotations; and what a run says of itself.
 * A report comes in, text in GitHub's
 * forms goes out; and what its API knows of the history. This room opens no file and no connection: it is given how to ask.
 */
export { annotations, failureAnnotations, type Noteworthy, noteworthy } from "./annotations.ts";
export { annotation } from "./commands.ts";
export { type GithubHistory, githubHistory } from "./compare.ts";
export { githubContext } from "./context.ts";
export { type DroppedOutputs, droppedOutputs, workflowPath } from "./dropped.ts";
export { type Runner, writeOutputs, writeSummary } from "./files.ts";
export { repositoryLink } from "./links.ts";
export { githubOutputs } from "./outputs.ts";
export type { Block } from "./page.ts";
export { githubRecorder } from "./record/record.ts";
export { failedPage } from "./summary/failed.ts";
export { type FleetImage, fleetPage } from "./summary/fleet.ts";
export { type PromotedImage, promotionFailures, promotionPage } from "./summary/promotion.ts";
export { publicationPage } from "./summary/publication.ts";
export { type ValidatedImage, validationPage } from "./summary/validation.ts";
