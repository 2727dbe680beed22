import type { FailureReport } from "../failure/index.ts";
import type { Descriptor, Digest } from "../oci/index.ts";

/** The eight steps of the main job, in order. */
export const steps = ["commit", "plan", "survey", "obtain", "deliver", "check", "tag", "record"] as const;

/** One of the eight steps. */
export type Step = (typeof steps)[number];

/** How bad a finding is; only an error stops a tag. */
export type Level = "error" | "warning" | "note";

/** One thing that a check saw. */
export interface Finding {
  readonly level: Level;
  /** A short, stable, kebab-case name: `platform-mismatch`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Where it was seen: a destination's name, a file with its line. */
  readonly where?: { readonly destination?: string; readonly file?: string; readonly line?: number } | undefined;
}

/** How one piece of content fared in a copy. */
export type TransferState = "started" | "progress" | "written" | "existed" | "mounted";

/**
 * Everything that waybill tells while it works. Steps emit typed events; renderers listen; nothing else prints.
 * No event holds a credential: URLs are redacted before they get here. Times are in milliseconds, sizes in bytes.
 */
export type Event =
  | { readonly kind: "step"; readonly step: Step; readonly state: "started"; readonly image?: string | undefined }
  | {
      readonly kind: "step";
      readonly step: Step;
      readonly state: "done" | "skipped" | "failed";
      readonly ms: number;
      readonly detail: string;
      readonly image?: string | undefined;
    }
  /** A line for the person who watches: what happens and why. */
  | { readonly kind: "message"; readonly level: "info" | "warning"; readonly text: string; readonly hint?: string | undefined }
  /** A line for who wants to know more (`--verbose`, JSON lines). */
  | { readonly kind: "detail"; readonly text: string }
  | {
      readonly kind: "transfer";
      readonly state: TransferState;
      /** Name of the store that is written to. */
      readonly to: string;
      readonly descriptor: Descriptor;
      /** Bytes moved so far, of `descriptor.size`. */
      readonly bytes: number;
      readonly ms?: number | undefined;
    }
  | {
      readonly kind: "retry";
      readonly method: string;
      readonly url: string;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly waitMs: number;
      readonly cause: string;
    }
  /** One step of an engine: an instruction of a Dockerfile, an export. */
  | {
      readonly kind: "build";
      readonly id: string;
      readonly name: string;
      readonly state: "started" | "done" | "cached" | "failed" | "log";
      readonly ms?: number | undefined;
      readonly log?: string | undefined;
    }
  | { readonly kind: "finding"; readonly finding: Finding }
  | {
      readonly kind: "tag";
      readonly destination: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly outcome: "created" | "moved" | "kept" | "adopted";
      readonly why?: string | undefined;
    }
  | { readonly kind: "failure"; readonly failure: FailureReport };

/** Takes one event. Must not throw and must not block. */
export type Emit = (event: Event) => void;

/** A listener that hears nothing. */
export const silent: Emit = () => {};
