import type { EcrApi } from "../aws/index.ts";
import type { ImageSettings } from "../config/index.ts";
import type { Failure, FailureCode } from "../failure/index.ts";
import type { Outline } from "../git/index.ts";
import type { Reach, RegistryClient } from "../store/index.ts";

/** What one check has found. */
export interface Finding {
  readonly level: "pass" | "warning" | "error";
  /** What is so, in one line. */
  readonly what: string;
  /** What to do; of warnings and errors. */
  readonly mend?: string | undefined;
  /** Of errors: the code that publishing would fail with. */
  readonly code?: FailureCode | undefined;
}

/** What checks look at. */
export interface Patient {
  readonly outline: Outline;
  /** Images as configured; none where the configuration is wrong. */
  readonly images: readonly ImageSettings[];
  readonly configFailure: Failure | undefined;
  /** Registry host → URL actually spoken to. */
  readonly endpoints: Readonly<Record<string, { readonly url: string }>>;
  /** Reads a file of the work tree; undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  readonly client: RegistryClient;
  /** ECR's API for a destination's registry, with its role; undefined for hosts that are not ECR's. */
  readonly ecr: (place: { readonly host: string; readonly role?: string | undefined }) => Promise<EcrApi | undefined>;
  /** A role's trust policy as IAM has it, and undefined where there is no such role; asked for in the region of a registry's host. */
  readonly trustOf: (role: string, host: string) => Promise<string | undefined>;
  /** How servers are reached that no registry's client asks. */
  readonly reach: Reach;
  /** The trust policy that was handed in, as text. */
  readonly trustPolicy: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** One check. It finds nothing where it has nothing to look at. */
export type Check = (patient: Patient) => Promise<readonly Finding[]>;

/** One destination, and what is to be written there. */
export type Place = ReturnType<typeof placesOf>[number];

/** Each destination once, of all images. */
export function placesOf({ images }: Pick<Patient, "images">) {
  const all = images.flatMap(({ destinations, moving, release }) =>
    destinations.map(({ host, repository, role }) => ({ host, repository, role, release, moving: moving.map(({ tag }) => tag) })),
  );
  return [...new Map(all.map((place) => [`${place.host}/${place.repository}`, place])).values()];
}
