import type { BaseImage } from "../build/index.ts";
import type { ImageSettings, LatestPolicy } from "../config/index.ts";
import type { Failure } from "../failure/index.ts";
import type { Commit } from "../git/index.ts";
import type { Descriptor, Digest, Manifest, Platform, Tag } from "../oci/index.ts";
import type { BuildStats, Contents, Finding, ForeseenTag, Pieces, Previous, StartedImage, Tagging } from "../report/index.ts";
import type { HeldManifest, Store } from "../store/index.ts";
import type { Ahead } from "./ahead.ts";
import type { StepTiming } from "./step.ts";

/** One repository in one registry that the image is delivered to. */
export interface Destination {
  /** `HOST/REPOSITORY`. */
  readonly name: string;
  readonly store: Store;
  /** The first destination: where release tags are created first. */
  readonly primary: boolean;
  /** What is present here may be the source for the others. */
  readonly trusted: boolean;
}

/** The commit to publish, and what the run knows of it. */
export interface PublishedCommit extends Commit {
  /** The branch that it is on, where that is known. */
  readonly branch: string | undefined;
  /** How the commit was chosen: `--commit`, `GITHUB_SHA`, `HEAD`. */
  readonly from: string;
}

/** A tag that moves, and the branch whose newest published commit it names. */
export interface MovingTag {
  readonly tag: Tag;
  readonly branch: string;
  readonly policy: LatestPolicy;
}

/** What building would take, as far as the Dockerfile tells; a failure is kept until a build is really needed. */
export type BuildPlan =
  | { readonly kind: "build"; readonly engine: string; readonly why: string; readonly dockerfile: DockerfileText }
  | { readonly kind: "impossible"; readonly failure: Failure };

/** A Dockerfile of the commit, with the .dockerignore that belongs to it. */
export interface DockerfileText {
  readonly name: string;
  readonly text: string;
  readonly ignore: string | undefined;
}

/** Everything that is known before a registry is asked. */
export interface Plan {
  readonly image: ImageSettings;
  readonly commit: PublishedCommit;
  readonly destinations: readonly [Destination, ...Destination[]];
  readonly releaseTag: Tag;
  readonly moving: readonly MovingTag[];
  readonly platform: Platform;
  readonly build: BuildPlan;
  /** Link to the source, without credentials. */
  readonly source: string | undefined;
  /** Accept an image without a revision label as this commit's. */
  readonly adopt: boolean;
}

/** What an image in a registry says of the commit that it was made from. */
export interface Identity {
  readonly root: Descriptor;
  /** The commit, where the image names one that it did not inherit. */
  readonly revision: string | undefined;
  readonly manifest: Manifest;
}

/** What a destination holds for the commit (the states of the design's step 3). */
export type State =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      readonly root: Descriptor;
      readonly manifest: Manifest;
      readonly recorded: boolean;
      readonly adopted: boolean;
    }
  | { readonly kind: "unlabelled"; readonly root: Descriptor; readonly findings: readonly Finding[] }
  | { readonly kind: "conflict"; readonly root: Descriptor; readonly revision: string }
  | { readonly kind: "broken"; readonly root: Descriptor; readonly findings: readonly Finding[] }
  | { readonly kind: "failed"; readonly failure: Failure };

/** One destination with its state. */
export interface Surveyed {
  readonly destination: Destination;
  readonly state: State;
  /** Milliseconds. */
  readonly ms: number;
}

/** An image to deliver from: a root, and the store that has everything below it. */
export interface Sourced {
  readonly root: Descriptor;
  readonly store: Store;
  /** What stands at the root, where it was read already. */
  readonly manifest?: Manifest | undefined;
}

/** What all destinations hold, and where the image can be had without building. */
export interface Survey {
  readonly surveyed: readonly Surveyed[];
  /** An image that is present at the primary or at a trusted destination. */
  readonly source: Sourced | undefined;
}

/** An ancestor's image at the primary that was made from the same inputs. */
export interface Twin {
  /** The ancestor. */
  readonly revision: string;
  readonly root: Descriptor;
  readonly origin: Origin;
  /** Digest of the content before any stamp. */
  readonly content: Digest;
  /** Whether it has a record, which says that it passed all checks. */
  readonly recorded: boolean;
  /** The blobs that it names: the primary was seen to have them. */
  readonly there: readonly Descriptor[];
  /** Its manifests and configs. */
  readonly read: readonly HeldManifest[];
}

/** The commit that content was really built from. */
interface Origin {
  readonly revision: string;
  /** RFC 3339. */
  readonly created: string;
  /** The stamped image of that commit. */
  readonly digest: Digest;
}

/** What a run would do to the tags of one destination. */
export interface Foreseen {
  readonly destination: Destination;
  readonly tags: readonly ForeseenTag[];
}

/** The stamped image. */
export interface Image extends Sourced {
  /** Whether it was built in this run. */
  readonly built: boolean;
  /** Whether it names no commit and was accepted as this one's (`--adopt`). */
  readonly adopted: boolean;
  readonly engine?: string | undefined;
  /** Digest of the content before the stamp, where it was built or stamped now. */
  readonly content?: Digest | undefined;
  readonly contentKey?: Digest | undefined;
  /** How much of the build a cache had, where the engine says so. */
  readonly stats?: BuildStats | undefined;
  /** What it was built upon, as far as that is known. */
  readonly bases?: readonly BaseImage[] | undefined;
  /** Layers that were on their way while others were still packed, where it was built. */
  readonly ahead?: Ahead | undefined;
  /** Blobs that the primary was seen to have in this run: of an image that was built, the layers that were not packed again. */
  readonly there?: readonly Descriptor[] | undefined;
  /** The ancestor's image whose layers it has, where it was stamped and not built. */
  readonly reused?: Twin | undefined;
}

/** How bringing the bytes to one destination went. */
export interface Delivery {
  readonly destination: Destination;
  readonly state: State;
  readonly outcome:
    | { readonly kind: "delivered"; readonly bytes: number; readonly pieces: Pieces }
    | { readonly kind: "present" }
    | { readonly kind: "failed"; readonly failure: Failure };
  /** Milliseconds. */
  readonly ms: number;
}

/** A delivery with what the checks saw there. */
export interface Checked extends Delivery {
  readonly findings: readonly Finding[];
}

/** What a moving tag named, as far as that was read. */
export interface Before {
  readonly tag: Tag;
  readonly root: Descriptor;
  readonly identity: Identity | undefined;
}

/** What became of the image when it was started. */
export interface Started {
  readonly image: StartedImage;
  /** Stands for what it had to show. */
  readonly wanted: Digest;
  /** Where it did not come up. */
  readonly finding?: Finding | undefined;
}

/** A destination after its tags were written. */
export interface TaggedDestination {
  readonly destination: Destination;
  readonly tags: readonly Tagging[];
  /** What moving tags named before they were written, or name instead of the image. */
  readonly before?: readonly Before[] | undefined;
  /** Whether the release tag names the image there. */
  readonly released: boolean;
  readonly failure: Failure | undefined;
}

/** What is in force after the tags were written: the image is another publisher's where that one was faster. */
export interface Released {
  readonly image: Image;
  readonly tagged: readonly TaggedDestination[];
}

/** Everything that a run knows of one image so far; it grows with each step. */
export interface Known {
  readonly steps: readonly StepTiming[];
  readonly plan?: Plan;
  readonly survey?: Survey;
  /** Of a dry run only. */
  readonly foreseen?: readonly Foreseen[];
  readonly image?: Image;
  readonly contents?: Contents | undefined;
  readonly deliveries?: readonly Delivery[];
  readonly checked?: readonly Checked[];
  readonly started?: Started | undefined;
  readonly released?: Released;
  readonly previous?: Previous | undefined;
  readonly failure?: Failure;
}
