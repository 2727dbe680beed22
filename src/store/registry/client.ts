import type { RepositoryName } from "../../oci/index.ts";
import { endpointOf } from "./endpoint.ts";
import { type Registry, registryAt } from "./exchange.ts";
import { defaultRetry, defaultTimeouts, type RegistryClientOptions } from "./options.ts";
import { type RegistryStore, registryStore } from "./repository.ts";
import { repositoryAt } from "./repository-calls.ts";
import type { SignIn } from "./sign-in.ts";
import { nodeTransport } from "./transport.ts";

/** Registries over HTTP. Connections, tokens and what is known of each registry are shared between its repositories. */
export interface RegistryClient extends AsyncDisposable {
  /**
   * The store of one repository. Nothing is asked yet.
   * @throws Failure CONFIG_INVALID where the registry's endpoint is not one to be spoken to
   */
  repository(name: RepositoryName): RegistryStore;
  /**
   * Asks whether the registry takes the sign-in that is for a repository (distribution-spec, "Determining support").
   * @throws Failure UNAUTHORIZED, CREDENTIALS_MISSING, DENIED, REGISTRY_*, and what signing in throws
   */
  ping(name: RepositoryName): Promise<void>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/**
 * A client for all registries, for as long as the process or a job lasts.
 * @throws Failure CONFIG_INVALID
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const retry = { ...defaultRetry, ...options.retry };
  const { signIn, emit, endpoints, signal, caFile, proxy, chunkBytes } = options;
  const transport = nodeTransport({ timeouts, caFile, proxy });
  // A registry holds its identity's tokens, so that each identity has one of its own.
  const registries = new Map<SignIn, Map<string, Registry>>();
  const registry = (name: RepositoryName): Registry => {
    const { host } = name;
    const identity = signIn.forRepository?.(name) ?? signIn;
    const own = registries.get(identity) ?? new Map<string, Registry>();
    registries.set(identity, own);
    const base = endpointOf(host, endpoints);
    const known = own.get(host) ?? registryAt({ host, base, transport, signIn: identity, emit, retry, timeouts, signal });
    own.set(host, known);
    return known;
  };
  const close = (): Promise<void> => transport.close();
  return {
    repository: (name) => registryStore(repositoryAt(registry(name), name, chunkBytes)),
    ping: async (name) =>
      await registry(name).ask({ method: "GET", to: "", scopes: [], accept: [200] }, async (answer) => await answer.discard()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
