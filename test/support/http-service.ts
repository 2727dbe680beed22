import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that listens on this machine, until it is disposed with all its connections. */
export interface Listening extends AsyncDisposable {
  /** Without a slash at the end; of a socket, its path. */
  readonly url: string;
}

/** Has a server listen on a free port, or at a socket with this path. */
export async function listening(server: Server, socket?: string): Promise<Listening> {
  if (socket === undefined) server.listen(0, "127.0.0.1");
  else server.listen(socket);
  await once(server, "listening");
  return {
    url: socket ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a service was asked. */
export interface ServiceRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What it answers: a status, and JSON where there is a body. */
export interface ServiceAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A service on this machine that keeps what it was asked. */
export interface HttpService extends Listening {
  readonly asked: readonly ServiceRequest[];
}

/**
 * Stands in for a service of somebody else's.
 * @param answer says what is answered; undefined is 404, and a promise that never settles is a service that hangs
 * @param socket the path of a socket to listen at, in place of a port
 */
export async function aService(
  answer: (request: ServiceRequest) => ServiceAnswer | undefined | Promise<ServiceAnswer | undefined>,
  socket?: string,
): Promise<HttpService> {
  const asked: ServiceRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
    asked.push(request);
    const { status, json, headers: more } = (await answer(request)) ?? { status: 404, json: { message: "Not Found" } };
    outgoing.writeHead(status, { "content-type": "application/json", ...more }).end(json === undefined ? "" : JSON.stringify(json));
  });
  return { ...(await listening(server, socket)), asked };
}
