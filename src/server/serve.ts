import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../failure/index.ts";
import type { Repositories } from "../store/index.ts";
import { createHandler, type HandlerOptions } from "./handler.ts";

/** How a registry is served. */
export interface ServeOptions extends HandlerOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  readonly repositories: Repositories;
  /** Certificate chain and key, as PEM; plain HTTP unless given. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** A registry that is being served. */
export interface ServedRegistry {
  /** `http://127.0.0.1:5000`. */
  readonly url: string;
  /** `127.0.0.1:5000`, as images are named. */
  readonly host: string;
  readonly port: number;
  /** Ends it: requests that run get a second to end. */
  close(): Promise<void>;
}

/** Milliseconds without a byte after which a connection is closed. */
const idleMs = 120_000;
const closeMs = 1000;

/**
 * Serves repositories as an OCI registry.
 * @throws Failure USAGE where the address is wrong, taken, or open to others without a password
 */
export async function serveRegistry(options: ServeOptions): Promise<ServedRegistry> {
  const { hostname, port } = parseListen(options.listen);
  if (!isLoopback(hostname) && options.basic === undefined) {
    throw new Failure("USAGE", `${options.listen} can be reached from other machines, and no password is asked for`, {
      hint: "Listen on 127.0.0.1, or give --user with a password in WAYBILL_REGISTRY_PASSWORD.",
    });
  }
  const server = await listenOn(options, hostname, port);
  const taken = (server.address() as AddressInfo).port;
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${taken}`;
  return { url: `${options.tls === undefined ? "http" : "https"}://${host}`, host, port: taken, close: () => close(server) };
}

async function listenOn(options: ServeOptions, hostname: string, port: number): Promise<Server> {
  const handler = createHandler(options.repositories, options);
  const limits = { headersTimeout: 30_000, requestTimeout: 0, keepAliveTimeout: 30_000, maxHeaderSize: 32 * 1024, highWaterMark: 1 << 18 };
  // Much faster to load than an import of the module.
  const server =
    options.tls === undefined
      ? process.getBuiltinModule("node:http").createServer(limits, handler)
      : process.getBuiltinModule("node:https").createServer({ ...limits, ...options.tls }, handler);
  server.setTimeout(idleMs);
  return await new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(options.listen, error)));
    server.listen(port, hostname, () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(timer);
}

function parseListen(text: string): { readonly hostname: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const [hostname, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (hostname !== undefined && port <= 65_535) return { hostname, port };
  throw new Failure("USAGE", `"${text.slice(0, 100)}" is not an address to listen on`, {
    hint: "Write HOST:PORT, for instance 127.0.0.1:5000 or [::1]:0.",
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function cannotListen(address: string, error: NodeJS.ErrnoException): Failure {
  const why =
    error.code === "EADDRINUSE"
      ? "another program listens there"
      : error.code === "EACCES"
        ? "this user may not listen there"
        : (error.code ?? error.message);
  return new Failure("USAGE", `cannot listen on ${address}: ${why}`, {
    hint: "Give another address with --listen; port 0 takes a free one.",
    cause: error,
  });
}
