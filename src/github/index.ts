/**
 * What GitHub Actions hears of a run: outputs for later steps, a step summary, annotations; and what a run says of itself.
 * A report comes in, text in GitHub's
 * forms goes out; and what its API knows of the history. This room opens no file and no connection: it is given how to ask.
 */
export { annotations, failureAnnotation } from "./annotations.ts";
export { annotation } from "./commands.ts";
export { type GithubHistory, githubHistory } from "./compare.ts";
export { githubContext } from "./context.ts";
export { writeGithub } from "./files.ts";
export { githubOutputs } from "./outputs.ts";
