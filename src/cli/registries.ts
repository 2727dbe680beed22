import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type AwsSessions, ecrSignIn, type RoleOfRepository } from "../aws/index.ts";
import { loadConnections, loadSettings } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import {
  createRegistryClient,
  type DockerConfigOptions,
  dockerConfigSignIn,
  type Location,
  openLayout,
  parseLocation,
  type RegistryClient,
  type SignIn,
  type Store,
  stackSignIns,
} from "../store/index.ts";
import type { Edge } from "./edge.ts";
import { repositoryAround } from "./folder.ts";
import { reachOf } from "./reach.ts";
import { fileAndEnvironment } from "./settings-file.ts";

/** How registries are reached and signed in at. */
export interface RegistryOptions {
  readonly caFile?: string | undefined;
  readonly skipAuth?: boolean | undefined;
  /** Registry host → URL actually spoken to. */
  readonly endpoints?: Readonly<Record<string, { readonly url: string }>> | undefined;
  /** Images with their destinations, whose roles sign in at ECR. */
  readonly images?: readonly { readonly destinations: readonly RoleOfRepository[] }[] | undefined;
  /** Sessions of those roles, shared with who asks ECR's API too. */
  readonly sessions?: AwsSessions | undefined;
}

/**
 * The registry client of a command that takes an image's name: registries are reached as the environment says, and
 * waybill.yaml of the repository that the command runs in. Its destinations' roles sign in, where it has any.
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY
 */
export async function imageRegistries(options: RegistryOptions, edge: Edge, emit: Emit): Promise<RegistryClient> {
  const root = repositoryAround(edge.cwd);
  const sources = { ...fileAndEnvironment(root, edge), flags: { caFile: options.caFile } };
  return registries(
    { ...options, ...(await loadSettings(sources).catch(() => undefined)), ...(await loadConnections(sources)) },
    edge,
    emit,
  );
}

/** The registry client of this process: ECR's sign-in (with the destinations' roles) for ECR's hosts, docker's configuration for all others. */
export function registries(options: RegistryOptions, edge: Edge, emit: Emit): RegistryClient {
  const { env } = edge;
  const roles = options.images?.flatMap(({ destinations }) => destinations);
  const docker = dockerConfigSignIn(dockerConfigOf(edge));
  const signIn = options.skipAuth ? docker : stackSignIns([ecrSignIn({ env, emit, roles, sessions: options.sessions }), docker]);
  return clientWith(signIn, options, edge, emit);
}

/** Registries whose client is made when the settings are known, because they say how hosts are reached. */
export interface LateRegistries extends AsyncDisposable, Pick<RegistryClient, "repository"> {
  /** The settings are known now. */
  settled(settings: Pick<RegistryOptions, "endpoints" | "caFile" | "images">): void;
}

/** See {@link LateRegistries}. */
export function lateRegistries(options: RegistryOptions, edge: Edge, emit: Emit): LateRegistries {
  let client: RegistryClient | undefined;
  return {
    settled(settings) {
      client = registries({ ...options, ...settings }, edge, emit);
    },
    repository(name) {
      if (client === undefined) throw new Failure("DEFECT", "a registry was asked for before the settings were read");
      return client.repository(name);
    },
    async [Symbol.asyncDispose]() {
      await client?.close();
    },
  };
}

/** A registry client that signs in in this way only. */
export function clientWith(signIn: SignIn, options: Pick<RegistryOptions, "endpoints" | "caFile">, edge: Edge, emit: Emit): RegistryClient {
  return createRegistryClient({
    signIn,
    emit,
    endpoints: options.endpoints ?? {},
    ...reachOf(options, edge),
  });
}

/** Where docker's configuration is (docker CLI, "Configuration files"). */
export function dockerConfigOf({ env }: Edge): DockerConfigOptions {
  return { configDir: env["DOCKER_CONFIG"] || join(env["HOME"] || homedir(), ".docker"), env };
}

/** An image somewhere: its store, and the tag or digest that names it there. */
export interface Located {
  readonly location: Location;
  readonly store: Store;
}

/**
 * Opens the place that a person named.
 * @throws Failure REFERENCE_INVALID, LAYOUT_INVALID
 */
export async function locate(
  text: string,
  client: RegistryClient,
  edge: Edge,
  options: { readonly create?: boolean } = {},
): Promise<Located> {
  const location = parseLocation(text);
  if (location.kind === "registry") return { location, store: client.repository(location.reference) };
  // As with other tools, the system writes a copy to disk when it likes: what a power failure damages is seen when it is read.
  const layout = { ...options, durable: false, name: `oci:${location.dir}` };
  return { location, store: await openLayout(resolve(edge.cwd, location.dir), layout) };
}
