import type { RepositoryName } from "../../oci/index.ts";
import { endpointOf } from "./endpoint.ts";
import { type Registry, registryAt } from "./exchange.ts";
import { defaultRetry, defaultTimeouts, type RegistryClientOptions } from "./options.ts";
import { type RegistryStore, registryStore } from "./repository.ts";
import { repositoryAt } from "./repository-calls.ts";
import { nodeTransport } from "./transport.ts";

/** Registries over HTTP. Connections, tokens and what is known of each registry are shared between its repositories. */
export interface RegistryClient extends AsyncDisposable {
  /**
   * The store of one repository. Nothing is asked yet.
   * @throws Failure CONFIG_INVALID where the registry's endpoint is not one to be spoken to
   */
  repository(name: RepositoryName): RegistryStore;
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
  const registries = new Map<string, Registry>();
  const registry = (host: string): Registry => {
    const known =
      registries.get(host) ?? registryAt({ host, base: endpointOf(host, endpoints), transport, signIn, emit, retry, timeouts, signal });
    registries.set(host, known);
    return known;
  };
  const close = (): Promise<void> => transport.close();
  return {
    repository: (name) => registryStore(repositoryAt(registry(name.host), name, chunkBytes)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
