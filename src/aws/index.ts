/**
 * Signing in at Amazon ECR. A registry's host comes in, credentials go out; the identity is the one that the environment has.
 * This room moves no images, and asks AWS nothing but for a token.
 */
export { type EcrHost, parseEcrHost } from "./host.ts";
export { type EcrSignInOptions, ecrSignIn } from "./sign-in.ts";
