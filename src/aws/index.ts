/**
 * Signing in at Amazon ECR. A registry's host comes in, credentials go out; the identity is the one that the environment has.
 * It also looks at and sets up repositories through ECR's API. This room moves no images.
 */
export { type EcrApi, ecrApi } from "./api.ts";
export { type EcrHost, parseEcrHost } from "./host.ts";
export type { EcrRepository } from "./repository.ts";
export { type EcrSignInOptions, ecrSignIn } from "./sign-in.ts";
