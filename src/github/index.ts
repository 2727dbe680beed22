/**
 * What GitHub Actions hears of a run: outputs for later steps, a step summary, annotations; and what a run says of itself.
 * A report comes in, text in GitHub's forms goes out. This room opens no file and asks no server.
 */
export { annotations, failureAnnotation } from "./annotations.ts";
export { annotation } from "./commands.ts";
export { githubContext } from "./context.ts";
export { writeGithub } from "./files.ts";
export { githubOutputs } from "./outputs.ts";
