import type { IncomingMessage } from "node:http";
import type { Repositories, Store } from "../store/index.ts";
import type { Immutability } from "./immutability.ts";

/** What a resource is asked with. */
export interface Request {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly repositories: Repositories;
  readonly immutability: Immutability;
}

/** A request for something in one repository. */
export interface RepositoryRequest extends Request {
  readonly name: string;
  readonly store: Store;
}
