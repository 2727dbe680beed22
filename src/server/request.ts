import type { Repositories, Store } from "../store/index.ts";
import type { MayMove } from "./immutability.ts";
import type { Sessions } from "./sessions.ts";

/** What all requests to one registry share. */
export interface Registry {
  readonly repositories: Repositories;
  readonly mayMove: MayMove;
  readonly sessions: Sessions;
}

/** What a resource is asked with. */
export interface Request extends Registry {
  readonly method: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Reading it may stop anywhere: what is left is the handler's to get rid of. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** A request for something in one repository. */
export interface RepositoryRequest extends Request {
  readonly name: string;
  readonly store: Store;
}

/** The value of a header that may stand once. */
export function header(request: Pick<Request, "headers">, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

/** The Content-Length, or undefined where the length is not said before. */
export function contentLength(request: Pick<Request, "headers">): number | undefined {
  const value = header(request, "content-length");
  return value === undefined ? undefined : Number(value);
}
