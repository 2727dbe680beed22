import { resolve } from "node:path";
import { type ImageSettings, loadConnections, loadRegistry, type Settings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { isHost, parseRepository } from "../../oci/index.ts";
import { chosenImages } from "../../publish/index.ts";
import type { Credentials } from "../../store/index.ts";
import type { Edge } from "../edge.ts";
import { repositoryAround } from "../folder.ts";
import { type RepositoryOptions, settingsOf } from "../settings.ts";
import { fileAndEnvironment } from "../settings-file.ts";

/** A user with a password, or what stands for one. */
export type BasicCredentials = Extract<Credentials, { kind: "basic" }>;

/** One registry to sign in at. */
export interface LoginPlace {
  readonly host: string;
  /** IAM role, at ECR. */
  readonly role?: string | undefined;
}

type Destination = ImageSettings["destinations"][number];

/** Names of registries, and where they are looked for. */
type LoginNames = RepositoryOptions & { readonly registries: readonly string[] };

/** What is signed in at, and how registries are reached. */
export interface LoginPlaces {
  readonly places: readonly LoginPlace[];
  readonly connections: Pick<Settings, "endpoints" | "caFile">;
}

/**
 * The registries that are named, else those of the configuration's destinations, each once.
 * @throws Failure USAGE, CONFIG_MISSING, CONFIG_INVALID
 */
export async function loginPlaces(options: LoginNames, edge: Edge): Promise<LoginPlaces> {
  const root = repositoryAround(resolve(edge.cwd, options.repo));
  const sources = {
    ...fileAndEnvironment(root, edge),
    flags: { caFile: options.caFile, region: options.region, registry: options.registry },
  };
  const connections = await loadConnections(sources);
  const configured = await destinationsOf(options, edge, root);
  if (options.registries.length > 0)
    return { connections, places: eachHost(options.registries.flatMap((text) => named(text, configured.found))) };
  if (configured.found.length > 0) return { connections, places: eachHost(configured.found) };
  // Who signs in needs no repository.
  const registry = await loadRegistry(sources);
  if (registry === undefined) throw configured.missing;
  return { connections, places: [{ host: registry.value, role: undefined }] };
}

/** The configured destinations; none, and why, where nothing says where images go. */
async function destinationsOf(options: LoginNames, edge: Edge, root: string) {
  try {
    const settings = await settingsOf(options, edge)({ root });
    return { found: chosenImages(settings, options.image).flatMap(({ destinations }) => destinations) };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    // Whoever names a registry need not be able to ask AWS which one `registry: auto` means.
    const unasked = options.registries.length > 0 && thrown.code.startsWith("CREDENTIALS_");
    if (thrown.code === "CONFIG_MISSING" || unasked) return { found: [], missing: thrown };
    throw thrown;
  }
}

/** What a person named, with the roles of the destinations that it means. */
function named(text: string, destinations: readonly Destination[]): readonly LoginPlace[] {
  if (text.includes("/")) {
    const { host, repository } = parseRepository(text);
    const role = destinations.find((one) => one.host === host && one.repository === repository)?.role;
    return [{ host, role }];
  }
  if (!isHost(text))
    throw new Failure("USAGE", `"${text}" is no registry`, { hint: "Write HOST[:PORT] or HOST/REPOSITORY, without https://." });
  const there = destinations.filter(({ host }) => host === text);
  return there.length === 0 ? [{ host: text, role: undefined }] : there;
}

/** Docker's configuration has one sign-in for a registry, so that two roles cannot both have it. */
function eachHost(places: readonly LoginPlace[]): readonly LoginPlace[] {
  return [...Map.groupBy(places, ({ host }) => host)].map(([host, there]) => {
    const roles = [...new Set(there.map(({ role }) => role))];
    if (roles.length === 1) return { host, role: roles[0] };
    throw new Failure("CONFIG_INVALID", `docker's configuration has one sign-in for ${host}, and its destinations have different roles`, {
      hint: "Name the one that is meant: waybill login HOST/REPOSITORY.",
    });
  });
}
