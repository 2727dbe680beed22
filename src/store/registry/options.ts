import type { Emit } from "../../report/index.ts";
import type { SignIn } from "./sign-in.ts";

/** How long a registry may take; all in milliseconds. */
export interface Timeouts {
  /** Until the connection stands: name lookup, TCP, proxy and TLS together. */
  readonly connectMs: number;
  /** From the end of a request to the first line of its answer. */
  readonly headersMs: number;
  /** The same for the request that ends an upload: registries move and hash the whole blob before they answer. */
  readonly commitMs: number;
  /** The longest silence while a body is on its way, in either direction. */
  readonly idleMs: number;
}

/** When a request that failed for a passing reason is made again. */
export interface RetryPolicy {
  /** Attempts in a row without progress, the first included. */
  readonly attempts: number;
  /** The most to wait before the second attempt; doubles with each. The wait is drawn evenly from 0 to there ("full jitter"). */
  readonly baseMs: number;
  /** The most to wait before any attempt that the registry did not set a time for. */
  readonly capMs: number;
  /** No attempt begins later than this after the first. */
  readonly deadlineMs: number;
}

/** URLs of proxies, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY have them. */
export interface ProxySettings {
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  readonly no?: string | undefined;
}

export interface RegistryClientOptions {
  readonly signIn: SignIn;
  readonly emit: Emit;
  /** Registry host → URL actually spoken to. */
  readonly endpoints?: Readonly<Record<string, { readonly url: string }>> | undefined;
  /** PEM file of certificate authorities that are trusted besides Node's own. */
  readonly caFile?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Uploads in pieces of so many bytes; without it a blob is sent in one request unless the registry refuses its size. */
  readonly chunkBytes?: number | undefined;
  /** Ends everything that the client does. */
  readonly signal?: AbortSignal | undefined;
}

export const defaultTimeouts: Timeouts = { connectMs: 10_000, headersMs: 60_000, commitMs: 300_000, idleMs: 60_000 };

/** A registry that refuses connections has failed after some 8 s; one that asks for patience is given 2 minutes. */
export const defaultRetry: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 15_000, deadlineMs: 120_000 };
