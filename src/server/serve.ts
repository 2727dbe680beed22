import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../failure/index.ts";
import { isLoopback } from "../oci/index.ts";
import type { Repositories } from "../store/index.ts";
import { createRegistry, type HandlerOptions } from "./handler.ts";
import { formatHost, parseListen } from "./listen-address.ts";

/** How a registry is served. */
export interface ServeOptions extends HandlerOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  readonly repositories: Repositories;
  /** Certificate chain and key, as PEM; plain HTTP unless given. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Milliseconds without a byte after which a connection is closed; two minutes unless given. */
  readonly idleMs?: number | undefined;
}

/** A registry that is being served. */
export interface ServedRegistry {
  /** `http://127.0.0.1:5000`. */
  readonly url: string;
  /** `127.0.0.1:5000`, as images are named. */
  readonly host: string;
  readonly port: number;
  /** Ends it: no new request is taken, and those that run get a second to end. */
  close(): Promise<void>;
}

const defaultIdleMs = 120_000;
const closeMs = 1000;
const sweepMs = 60_000;
// A body may take as long as it comes (requestTimeout 0); a connection that stands still is closed by its idle time-out.
const limits = { headersTimeout: 20_000, requestTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: 32 * 1024, highWaterMark: 1 << 18 };
const connectionsLimit = 2048;

/**
 * Serves repositories as an OCI registry.
 * @throws Failure USAGE where the address is wrong, taken, or open to others without a password;
 * CONFIG_INVALID where certificate, key or a tag pattern is not valid
 */
export async function serveRegistry(options: ServeOptions): Promise<ServedRegistry> {
  const { hostname, port } = parseListen(options.listen);
  const { basic, tls, emit } = options;
  if (!isLoopback(hostname) && !basic?.password) {
    throw new Failure("USAGE", `${options.listen} can be reached from other machines, and no password is asked for`, {
      hint: "Listen on 127.0.0.1, or give --user with a password in WAYBILL_REGISTRY_PASSWORD.",
    });
  }
  if (!isLoopback(hostname) && tls === undefined) {
    emit({
      kind: "message",
      level: "warning",
      text: `${options.listen} is served without TLS: passwords and images can be read on their way`,
    });
  }
  const { handler, sweep } = createRegistry(options.repositories, options);
  const server = makeServer(options, handler);
  await listenOn(server, options.listen, { hostname, port });
  const sweeping = setInterval(() => void sweep(), sweepMs);
  sweeping.unref();
  const taken = (server.address() as AddressInfo).port;
  const host = formatHost(hostname, taken);
  return {
    url: `${tls === undefined ? "http" : "https"}://${host}`,
    host,
    port: taken,
    close: async () => {
      clearInterval(sweeping);
      await close(server);
    },
  };
}

function makeServer({ tls, idleMs }: ServeOptions, handler: ReturnType<typeof createRegistry>["handler"]): Server {
  // Much faster to load than an import of the modules.
  const server = tls === undefined ? process.getBuiltinModule("node:http").createServer(limits, handler) : secureServer(tls, handler);
  server.setTimeout(idleMs ?? defaultIdleMs);
  server.maxConnections = connectionsLimit;
  return server;
}

function secureServer(tls: NonNullable<ServeOptions["tls"]>, handler: ReturnType<typeof createRegistry>["handler"]): Server {
  try {
    return process.getBuiltinModule("node:https").createServer({ ...limits, minVersion: "TLSv1.2", ...tls }, handler);
  } catch (cause) {
    throw new Failure("CONFIG_INVALID", "the registry's certificate and key cannot be used together", {
      hint: "Give a certificate chain and its private key, both as PEM.",
      cause,
    });
  }
}

async function listenOn(server: Server, text: string, { hostname, port }: { hostname: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(text, error)));
    server.listen(port, hostname, resolve);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(timer);
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no host of that name",
};

function cannotListen(address: string, error: NodeJS.ErrnoException): Failure {
  return new Failure("USAGE", `cannot listen on ${address}: ${reasons[error.code ?? ""] ?? error.code ?? error.message}`, {
    hint: "Give another address with --listen; port 0 takes a free one.",
    cause: error,
  });
}
