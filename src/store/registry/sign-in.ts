import type { Failure } from "../../failure/index.ts";
import type { RepositoryName } from "../../oci/index.ts";
import type { Waiting } from "../store.ts";

/** What a registry client signs in with. Held in memory only; never in an event, error or record. */
export type Credentials =
  | {
      readonly kind: "basic";
      readonly username: string;
      readonly password: string /** Milliseconds since the epoch. */;
      readonly expiresAt?: number | undefined;
    }
  /** An OAuth2 refresh token, as docker's `identitytoken`. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A token that goes into the Authorization header as it is, as docker's `registrytoken`. */
  | { readonly kind: "bearer"; readonly token: string };

/**
 * Where credentials come from: docker's configuration, ECR, an option. One method, so that they can be stacked.
 */
export interface SignIn {
  /**
   * Credentials for one registry host (`HOST[:PORT]`), or undefined to go on anonymously.
   * @param options.fresh asks for new ones, because the last were refused or are about to end
   * @throws Failure CREDENTIALS_MISSING, CREDENTIALS_FAILED, DENIED
   */
  credentials(host: string, options?: Waiting & { readonly fresh?: boolean }): Promise<Credentials | undefined>;
  /**
   * Who signs in for one repository, where several identities do on one host; the same object for the same identity, whose tokens
   * its repositories then share.
   */
  forRepository?(name: RepositoryName): SignIn;
  /**
   * Says more of a refusal by a host that this signed in at: who was refused what, and what would allow it.
   * @returns the failure itself where there is no more to say
   */
  explain?(failure: Failure, host: string, signal?: AbortSignal): Promise<Failure>;
}

/** Signs in nowhere. */
export const anonymous: SignIn = { credentials: async () => undefined };
