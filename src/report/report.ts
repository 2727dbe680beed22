import type { FailureReport } from "../failure/index.ts";
import type { Digest } from "../oci/index.ts";
import type { Finding, Step } from "./events.ts";

/** What came of one tag at one destination. */
export interface Tagging {
  readonly tag: string;
  /** What the tag names afterwards. */
  readonly digest: Digest;
  readonly outcome: "created" | "moved" | "kept" | "adopted";
  /** Why it moved, or why it stayed. */
  readonly why?: string | undefined;
}

/** What an image consists of, as its manifests say. */
export interface Contents {
  /** Digest of the index, where the image is one of several platforms. */
  readonly index?: Digest | undefined;
  /** Digests of the manifest and the configuration of the run's platform. */
  readonly manifest: Digest;
  readonly config: Digest;
  readonly layers: number;
  /** What a pull of the run's platform moves: its configuration and its layers as they are packed. */
  readonly bytes: number;
}

/** What a moving tag named at the primary before the run, or names instead of the image. */
export interface Previous {
  readonly tag: string;
  readonly digest: Digest;
  /** The commit that its image names. */
  readonly commit?: string | undefined;
  /** As {@link Contents} counts them; undefined where that image could not be read. */
  readonly bytes?: number | undefined;
}

/** How many pieces of content (layers, configurations, manifests) a destination was sent, had, and took over from elsewhere in its registry. */
export interface Pieces {
  readonly written: number;
  readonly existed: number;
  readonly mounted: number;
}

/** How much of a build a cache had, and how long it took. */
export interface BuildStats {
  /** The Dockerfile's steps, and how many of them a cache had. */
  readonly steps: number;
  readonly cached: number;
  /** All of the engine's work. */
  readonly ms: number;
  readonly cacheExportMs?: number | undefined;
}

/** What became of an image that was started before its tags were written. */
export interface StartedImage {
  readonly passed: boolean;
  /** In words: `its HEALTHCHECK passed`, `it ended with exit code 1`. */
  readonly outcome: string;
  /** docker, podman or nerdctl. */
  readonly runtime: string;
  readonly platform: string;
  /** Milliseconds from the start until it was up, or given up. */
  readonly ms: number;
  /** The commit whose image was really started: an ancestor's, where the content is that one's. */
  readonly commit: string;
}

/** What a run would do with one tag. */
export interface ForeseenTag {
  readonly tag: string;
  /** `unknown` where the destination could not be asked. */
  readonly outcome: Tagging["outcome"] | "unknown";
  readonly why: string;
}

/** One step with its duration in milliseconds. */
export interface StepReport {
  readonly step: Step;
  readonly ms: number;
  readonly detail: string;
}

/** One destination of an image. */
export interface DestinationReport {
  /** `HOST/REPOSITORY`. */
  readonly name: string;
  readonly primary: boolean;
  /** What the survey found: `absent`, `present`, …; undefined where it was not asked. */
  readonly found: string | undefined;
  /** Whether the image was brought there now, was there, or could not be brought. */
  readonly delivery: "delivered" | "present" | "failed" | undefined;
  /** Bytes that were written there. */
  readonly bytes: number;
  /** What the image is there in the end: its digest, and in one word how that came about (`untagged`: the bytes, without a release tag). */
  readonly digest?: Digest | undefined;
  readonly state?: "delivered" | "present" | "untagged" | "absent" | "unlabelled" | "conflict" | "broken" | "failed" | undefined;
  /** Milliseconds that looking there took. */
  readonly surveyMs?: number | undefined;
  /** Where something was delivered. */
  readonly pieces?: Pieces | undefined;
  /** Milliseconds that the delivery took. */
  readonly ms: number;
  /** Whether the release tag names the image there. */
  readonly released: boolean;
  readonly tags: readonly Tagging[];
  /** What would become of the tags (`--dry-run`). */
  readonly foreseen?: readonly ForeseenTag[] | undefined;
  readonly failure?: FailureReport | undefined;
}

/**
 * How publishing an image ended: now or before; planned only (`--dry-run`); left, because an image without a revision label
 * holds its tag; or failed.
 */
export type ImageStatus = "published" | "present" | "planned" | "left" | "failed";

/** One image of the repository. */
export interface ImageReport {
  readonly name: string;
  readonly status: ImageStatus;
  /** The exit code of this image alone. */
  readonly exitCode: number;
  /** Whether it was built in this run. */
  readonly built: boolean;
  /** What built it, or would. */
  readonly engine?: string | undefined;
  readonly platform?: string | undefined;
  readonly releaseTag?: string | undefined;
  /** Digest of the stamped image. */
  readonly digest?: Digest | undefined;
  /** Digest of the content before the stamp, where it was built or stamped now. */
  readonly content?: Digest | undefined;
  /** The content key, where one was computed. */
  readonly contentKey?: Digest | undefined;
  /** Where the engine says so. */
  readonly build?: BuildStats | undefined;
  /** What it is built upon, as far as that is known: the reference as the Dockerfile has it, and what it names. */
  readonly bases?: readonly { readonly name: string; readonly digest: Digest }[] | undefined;
  /** The ancestor whose image has the same content, where that was stamped instead of being built; and the commit that this was really built from. */
  readonly reused?: { readonly commit: string; readonly digest: Digest; readonly origin: string } | undefined;
  /** How many of its layers were an ancestor's and not packed again, where it was built. */
  readonly layersTaken?: number | undefined;
  /** What became of it when it was started, where it was to be. */
  readonly started?: StartedImage | undefined;
  readonly contents?: Contents | undefined;
  /** What `latest`, or else the first moving tag, named before; undefined where it named nothing, or this image. */
  readonly previous?: Previous | undefined;
  /** `HOST/REPOSITORY:TAG` of the release tag at the primary, where it names the image. */
  readonly uri?: string | undefined;
  /** The same by digest. */
  readonly digestUri?: string | undefined;
  readonly destinations: readonly DestinationReport[];
  readonly findings: readonly Finding[];
  readonly steps: readonly StepReport[];
  readonly failure?: FailureReport | undefined;
}

/** What was written down of a publication at GitHub. */
export interface GithubRecord {
  /** Deployments that got a state, with GitHub's number. */
  readonly deployments: readonly { readonly image: string; readonly id: number; readonly state: "success" | "failure" }[];
  /** Destinations with a new storage record, as `HOST/REPOSITORY`. */
  readonly stored: readonly string[];
  /** What GitHub did not take, and why. */
  readonly notes: readonly string[];
}

/** What a run did, for people and for programs. Fields are added to a version, never changed or removed. */
export interface Report {
  readonly schemaVersion: 1;
  readonly command: "publish";
  /** The version of waybill. */
  readonly waybill: string;
  /** 0 where everything was done, else the worst of the images'. */
  readonly exitCode: number;
  readonly dryRun: boolean;
  readonly commit: {
    readonly sha: string;
    readonly tree: string;
    readonly branch?: string | undefined;
    /** How it was chosen: `--commit`, `GITHUB_SHA`, `HEAD`. */
    readonly from: string;
    /** RFC 3339 in UTC. */
    readonly committedAt: string;
    /** First line of the message. */
    readonly subject: string;
  };
  readonly images: readonly ImageReport[];
  /** Steps that are done once for all images. */
  readonly steps: readonly StepReport[];
  /** What was written down at GitHub, where that was asked for. */
  readonly github?: GithubRecord | undefined;
  /** What a person should look at, beside findings and failures. */
  readonly warnings: readonly { readonly text: string; readonly hint?: string | undefined }[];
  /** One for each image that failed, the worst destination's. */
  readonly failures: readonly FailureReport[];
  /** RFC 3339 in UTC. */
  readonly startedAt: string;
  /** Milliseconds. */
  readonly ms: number;
}

/** A report as JSON, or those of several commits as a list, one field a line. */
export function reportJson(report: Report | readonly Report[]): string {
  return JSON.stringify(report, null, 2);
}
