import { ecrSignIn } from "../../aws/index.ts";
import type { Settings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";
import { type Credentials, dockerConfigSignIn, type KeptSignIn, keepSignIn, type SignIn } from "../../store/index.ts";
import type { Edge } from "../edge.ts";
import { clientWith, dockerConfigOf } from "../registries.ts";
import type { BasicCredentials, LoginPlace } from "./places.ts";

/** One registry that was signed in at, for results: never the token. */
export interface SignedIn {
  readonly registry: string;
  /** The role, or the user's name. */
  readonly as: string;
  /** As ISO 8601; absent where nothing says when it ends. */
  readonly expiresAt?: string;
  /** Where other tools find it; `before`: it was there, and stays. */
  readonly kept: KeptSignIn | { readonly kind: "before" };
}

/** What signing in takes. */
interface Signing {
  /** ECR's sign-in for all places at once, so that what they share is asked for once. */
  readonly ecr: SignIn;
  /** What was given by hand. */
  readonly given: BasicCredentials | undefined;
  readonly connections: Pick<Settings, "endpoints" | "caFile">;
  readonly edge: Edge;
  readonly emit: Emit;
}

// What is asked is the registry's own; the client wants a repository's name.
const repository = "waybill";

/** ECR's sign-in with the places' roles. */
export function ecrSignInAt(places: readonly LoginPlace[], { env }: Edge, emit: Emit): SignIn {
  return ecrSignIn({ env, emit, roles: places.map(({ host, role }) => ({ host, repository, role })) });
}

/**
 * Signs in at a registry, asks it whether it takes that, and keeps it for other tools.
 * @throws Failure CREDENTIALS_MISSING, CREDENTIALS_FAILED, UNAUTHORIZED, DENIED, REGISTRY_*
 */
export async function signInAt({ host, role }: LoginPlace, signing: Signing): Promise<SignedIn> {
  const { ecr, given, edge, emit } = signing;
  const found = given ?? (await ecr.forRepository?.({ host, repository })?.credentials(host, { signal: edge.signal }));
  if (found?.kind !== "basic") return await before(host, signing);
  await check(host, found, signing);
  const as = given === undefined ? (role ?? "the identity that the environment has") : found.username;
  const end = found.expiresAt === undefined ? {} : { expiresAt: new Date(found.expiresAt).toISOString() };
  const kept = await keepSignIn(host, found, dockerConfigOf(edge));
  if (kept.kind === "file" && edge.env["DOCKER_AUTH_CONFIG"]) emit(overruled);
  return { registry: host, as, ...end, kept };
}

const overruled = {
  kind: "message",
  level: "warning",
  text: "DOCKER_AUTH_CONFIG is set, and tools read it before docker's configuration file",
  hint: "Unset it where it names the same registry.",
} as const;

/** Without a way to sign in of waybill's own there may be one that somebody kept before. */
async function before(host: string, signing: Signing): Promise<SignedIn> {
  const { edge } = signing;
  const found = await dockerConfigSignIn(dockerConfigOf(edge)).credentials(host, { signal: edge.signal });
  if (found === undefined) {
    throw new Failure("CREDENTIALS_MISSING", `there is nothing to sign in with at ${host}`, {
      hint: `Give a user and a password: waybill login ${host} --username NAME --password-stdin.`,
    });
  }
  await check(host, found, signing);
  return { registry: host, as: found.kind === "basic" ? found.username : "whom its token names", kept: { kind: "before" } };
}

async function check(host: string, credentials: Credentials, { connections, edge, emit }: Signing): Promise<void> {
  await using client = clientWith({ credentials: async () => credentials }, connections, edge, emit);
  await client.ping({ host, repository });
}
