import { bytesSource } from "../source.ts";
import { readBody } from "./body.ts";
import { defaultTimeouts, type ProxySettings, type Timeouts } from "./options.ts";
import { nodeTransport } from "./transport.ts";

/** One request to any server, without sign-in, redirects or retries. */
export interface SingleRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** The most bytes of the answer's body. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** How servers are reached. */
export interface Reach {
  readonly caFile?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
}

/** An answer as a whole; names of headers in lower case. */
export interface SingleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * Asks a server once, through the same proxies and with the same certificate authorities as registries are asked.
 * @throws Failure REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_PROTOCOL, CONFIG_INVALID, the reason of the signal
 */
export async function askOnce({ limit, body, ...request }: SingleRequest, { timeouts, ...reach }: Reach): Promise<SingleAnswer> {
  const transport = nodeTransport({ ...reach, timeouts: { ...defaultTimeouts, ...timeouts } });
  try {
    const sent = body === undefined ? undefined : bytesSource(Buffer.from(body));
    const answer = await transport.send({ ...request, body: sent, headers: { "user-agent": "waybill", ...request.headers } });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await readBody(answer, limit)).toString("utf8") };
  } finally {
    await transport.close();
  }
}
