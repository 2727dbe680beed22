import type { LatestPolicy } from "./latest.ts";

/** Where a value of the settings came from, for `--explain`. */
export interface Origin {
  readonly kind: "flag" | "environment" | "file" | "default" | "identity";
  /** The flag's, variable's or file's name; for a file with line: `waybill.yaml:7`; of an identity what was taken of whom. */
  readonly name: string;
}

/** One place that an image is delivered to. */
export interface DestinationSettings {
  /** Registry host with port where it has one. */
  readonly host: string;
  readonly repository: string;
  /** IAM role to sign in with, at ECR. */
  readonly role?: string | undefined;
  /** What is present here may be the source for the others; the primary is always trusted. */
  readonly trusted: boolean;
}

/** How one image is built. Paths are relative to the repository's root. */
export interface BuildSettings {
  readonly context: string;
  readonly file: string;
  /** Who names the file: `waybill.yaml:3`, a flag, a variable; undefined where nobody does. */
  readonly fileFrom?: string | undefined;
  readonly target?: string | undefined;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  readonly engine: string;
  readonly args: Readonly<Record<string, string>>;
  /** Further build contexts, by name. */
  readonly contexts: Readonly<Record<string, string>>;
  /** What the stamp adds; `{sha}`, `{short}`, `{tree}`, `{date}` are filled in. */
  readonly stamp: { readonly env: Readonly<Record<string, string>>; readonly labels: Readonly<Record<string, string>> };
  /** Globs of files that a build step makes and that enter the context from the checkout. */
  readonly generated: readonly string[];
  /** Seconds since 1970 that every time in the content is set to. */
  readonly epoch: number;
  /** Name of the buildx builder, or its address (`tcp://HOST:PORT`, `unix:///PATH`, `ssh://…`), where one is to be used. */
  readonly builder?: string | undefined;
  /** Secrets that RUN may mount, by id. Their values are read where the build runs, and stand nowhere else. */
  readonly secrets: Readonly<Record<string, SecretSettings>>;
  /** SSH agents or keys that RUN may mount, as buildx takes them: `default`, `ID=PATH`. */
  readonly ssh: readonly string[];
  readonly cache: CacheSettings;
  readonly reuse: ReuseSettings;
  /** How the layers that assemble writes are packed. */
  readonly compression: "gzip" | "zstd";
}

/** Where a secret's value is found: exactly one of both. */
export interface SecretSettings {
  /** An environment variable. */
  readonly env?: string | undefined;
  /** A file, relative to the repository's root unless absolute. */
  readonly file?: string | undefined;
}

/** Where the build cache of buildx and buildah is kept between runs. */
export type CacheSettings = { readonly timeoutMs: number; readonly mode: "min" | "max" } & (
  | { readonly type: "none" }
  | { readonly type: "registry" /** `HOST/REPOSITORY:TAG`. */; readonly ref: string }
  | { readonly type: "gha"; readonly scope?: string | undefined }
  | { readonly type: "local" /** A folder, relative to the repository's root unless absolute. */; readonly dir: string }
);

/** Whether a commit with the same content key as an earlier one is stamped instead of built. */
export interface ReuseSettings {
  readonly enabled: boolean;
  /** How many first-parent ancestors are looked at. */
  readonly depth: number;
  /** Milliseconds after the origin's build. */
  readonly maxAgeMs: number;
}

/** A tag that moves with a branch. */
export interface MovingTagSettings {
  readonly tag: string;
  /** The branch whose newest published commit it names. */
  readonly branch: string;
  readonly policy: LatestPolicy;
}

/** How an image is started before any tag names it, and what it has to show. */
export interface SmokeSettings {
  /** The path to ask for over HTTP; its HEALTHCHECK, or that it stays up, unless given. */
  readonly http?: string | undefined;
  /** Codes that count, like `200,301-302`. */
  readonly status?: string | undefined;
  /** The container's port. */
  readonly port?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Values by name; null takes the variable of whoever publishes. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly network: boolean;
  readonly runtime?: "docker" | "podman" | "nerdctl" | undefined;
}

/** One image of the repository, with everything that publishing it needs. */
export interface ImageSettings {
  /** What `--image` takes: the name under `images:`, else the repository. */
  readonly name: string;
  readonly build: BuildSettings;
  /** Started before its tags are written, where it is to be. */
  readonly smoke?: SmokeSettings | undefined;
  /** The first is the primary; at least one, unless nothing is to be delivered. */
  readonly destinations: readonly DestinationSettings[];
  /** Branches whose commits are published; patterns like `release/*` are allowed. */
  readonly branches: readonly string[];
  /** Template of the release tag; `{sha}` stands for the full commit. */
  readonly release: string;
  /** What every tag ends in, where tags name their architecture: `-amd64`. */
  readonly suffix?: string | undefined;
  /** Tags that move: tag name and the branch whose newest published commit they name. */
  readonly moving: readonly MovingTagSettings[];
  /** The revision's source as a link, where the configuration states it. */
  readonly source?: string | undefined;
}

/** How a registry host is reached, where that differs from `https://HOST`. */
export interface EndpointSettings {
  /** The URL actually spoken to. */
  readonly url: string;
}

/** An address that is no part of any output, or the variable that should hold it and is not set. */
export type Webhook = { readonly kind: "address"; readonly url: URL } | { readonly kind: "unset"; readonly variable: string };

/** Everything that is configured, after files, environment and flags were put together. */
export interface Settings {
  readonly images: readonly ImageSettings[];
  /** By registry host. */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  /** PEM file of further certificate authorities. */
  readonly caFile?: string | undefined;
  /** Who is told of a failure: an address, or the variable that should hold one and is not set. */
  readonly onFailure?: Webhook | undefined;
  /** GitHub is told of publications; deployments go to the environment. */
  readonly record?: { readonly github: { readonly environment: string } } | undefined;
  /** Every commit that a push brought is published, and not only the newest. */
  readonly everyCommit: boolean;
  /** By dotted key (`build.platform`, `destinations.0.registry`). */
  readonly origins: Readonly<Record<string, { readonly value: string; readonly origin: Origin }>>;
}
