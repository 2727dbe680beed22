/**
 * Signing in at AWS. A registry's host and a role come in, credentials go out; without a role the identity is the one that the
 * environment has. It also looks at and sets up repositories through ECR's API. This room
 * moves no images.
 */
export { type EcrApi, ecrApi } from "./api.ts";
export type { CreationTemplate } from "./creation-template.ts";
export { ecrClient } from "./ecr.ts";
export { githubAudience, githubIssuer } from "./github-token.ts";
export { type EcrRegistry, ecrRegistryOf } from "./host.ts";
export { type AwsAsking, type CallerIdentity, callerIdentity } from "./identity.ts";
export { tagFilter, tagMoves } from "./mutability.ts";
export { publishingActions } from "./permissions.ts";
export type { AwsCredentials, AwsPlace } from "./place.ts";
export { type AwsCall, allowing, awsFailure } from "./refusal.ts";
export type { EcrRepository } from "./repository.ts";
export { isSessionOf, parseRole, type Role } from "./role.ts";
export { type AwsSessions, awsSessions, type SessionOptions } from "./sessions.ts";
export { type EcrSignInOptions, ecrSignIn, type RoleOfRepository } from "./sign-in.ts";
export { type TrustAsking, trustPolicyOf } from "./trust.ts";
