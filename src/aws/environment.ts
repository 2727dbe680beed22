/** Environment variables, by name, as the edge hands them in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that name an identity to the SDK's default chain (AWS SDKs Reference, "Environment variables"). */
const identities = [
  "AWS_ACCESS_KEY_ID",
  "AWS_PROFILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** Whether the environment names an identity. One of a file or an instance may be there all the same. */
export function namesIdentity(env: Environment): boolean {
  return identities.some((name) => Boolean(env[name]));
}

/** Whether keys that never end would sign in CI: they are somebody's secret there, and nobody renews them (IAM, "Security best practices"). */
export function hasStaticKeys(env: Environment): boolean {
  const ci = Boolean(env["CI"]) && env["CI"] !== "false";
  return ci && Boolean(env["AWS_ACCESS_KEY_ID"]) && !env["AWS_SESSION_TOKEN"];
}
