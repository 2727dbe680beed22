import { formatReference, type RepositoryName } from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import type { Call, Registry } from "./exchange.ts";
import { type Known, nothingKnown } from "./known.ts";
import { type Access, repositoryScope } from "./scope.ts";
import type { WireAnswer } from "./transport.ts";

/** One repository of a registry, as its parts share it. */
export interface RepositoryAt {
  readonly registry: Registry;
  readonly repository: string;
  /** `HOST/REPOSITORY`. */
  readonly name: string;
  readonly chunkBytes: number | undefined;
  readonly known: Known;
}

/** A request in a repository. */
export interface RepositoryCall extends Omit<Call, "to" | "scopes"> {
  /** Path below the repository, or where the registry said. */
  readonly to: string | URL;
  readonly access: Access;
  /** A second repository of the registry that is read from. */
  readonly from?: string | undefined;
}

export function repositoryAt(registry: Registry, { host, repository }: RepositoryName, chunkBytes: number | undefined): RepositoryAt {
  return { registry, repository, name: formatReference({ host, repository }), chunkBytes, known: nothingKnown() };
}

/** Asks in a repository until there is an answer. Throws as {@link Registry.ask} does. */
export function ask<T>(at: RepositoryAt, call: RepositoryCall, take: (answer: WireAnswer) => T | Promise<T>): Promise<T> {
  return at.registry.ask(fullCall(at, call), take);
}

/** Asks in a repository once. */
export function askOnce(at: RepositoryAt, call: RepositoryCall): Promise<WireAnswer> {
  return at.registry.askOnce(fullCall(at, call));
}

function fullCall({ repository }: RepositoryAt, { access, from, ...call }: RepositoryCall): Call {
  const scopes = [repositoryScope(repository, access), ...(from === undefined ? [] : [repositoryScope(from, "pull")])];
  return { ...call, scopes, to: typeof call.to === "string" ? `${repository}/${call.to}` : call.to };
}

/** The signal of what waits, for a call. */
export function waiting(options: Waiting | undefined): { readonly signal?: AbortSignal | undefined } {
  return { signal: options?.signal };
}
