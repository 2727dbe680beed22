import * as z from "zod/mini";
import * as kinds from "../values.ts";
import { about, leaf, list, map, maybe } from "./words.ts";

const stamp = about(
  z.strictObject({
    env: maybe(
      map(
        kinds.variable,
        leaf(kinds.template),
        "Environment variables that the stamp sets; {sha}, {short}, {tree} and {date} are filled in.",
      ),
    ),
    labels: maybe(map(kinds.text, leaf(kinds.template), "Labels that the stamp sets; the same words are filled in.")),
  }),
  "What the stamp adds to the content: the commit enters here, not through a build argument.",
  "a map",
);

const secret = about(
  z
    .strictObject({
      env: maybe(leaf(kinds.variable, "The environment variable that holds it.")),
      file: maybe(leaf(kinds.text, "The file that holds it.")),
    })
    .check(z.refine(({ env, file }) => (env === undefined) !== (file === undefined))),
  "Where a secret's value is found: env or file.",
  "a map with either env or file",
);

const cache = about(
  z
    .strictObject({
      type: about(z.enum(["none", "registry", "gha", "local"]), "Where the cache is kept. Default: none.", "none, registry, gha or local"),
      ref: maybe(leaf(kinds.taggedReference, "For registry: HOST/REPOSITORY:TAG, a tag that may move.")),
      dir: maybe(leaf(kinds.text, "For local: the folder.")),
      scope: maybe(leaf(kinds.text, "For gha: a name that parts caches.")),
      mode: maybe(about(z.enum(["min", "max"]), "What is exported: the result's layers, or all steps'. Default: max.", "min or max")),
      timeout: maybe(leaf(kinds.duration, "Longest that the export may take; it never fails a build. Default: 5m.")),
    })
    .check(
      z.refine(({ type, ref, dir, scope }) => {
        const needs = (wanted: string, value: unknown, must: boolean) =>
          type === wanted ? !must || value !== undefined : value === undefined;
        return needs("registry", ref, true) && needs("local", dir, true) && needs("gha", scope, false);
      }),
    ),
  "Where the build cache is kept between runs.",
  "a map with type, and ref for registry, dir for local",
);

const reuse = about(
  z.strictObject({
    depth: maybe(about(z.int().check(z.gte(1), z.lte(1000)), "How many first-parent ancestors are looked at. Default: 50.", "1 to 1000")),
    maxAge: maybe(leaf(kinds.duration, "How long after its build content may be reused. Default: 7d.")),
  }),
  "When an ancestor's image with the same content key is stamped again instead of being built.",
  "a map or false",
);

/** `build`: how an image is built. */
export const build = about(
  z.strictObject({
    context: maybe(leaf(kinds.path, "The build context, relative to the repository's root. Default: the root.")),
    file: maybe(leaf(kinds.path, "The Dockerfile, relative to the repository's root. Default: Dockerfile in the context.")),
    target: maybe(leaf(kinds.text, "The stage to build. Default: the last.")),
    platform: maybe(leaf(kinds.platform, "OS/ARCHITECTURE[/VARIANT]. Default: linux/amd64.")),
    engine: maybe(
      about(
        z.enum(["auto", "assemble", "buildx", "buildah"]),
        "What builds: auto takes assemble where the Dockerfile runs no program, else buildx, else buildah, as the machine has them.",
        "auto, assemble, buildx or buildah",
      ),
    ),
    args: maybe(map(kinds.variable, leaf(kinds.content), "Build arguments.")),
    contexts: maybe(map(kinds.text, leaf(kinds.text), "Further build contexts, by name.")),
    stamp: maybe(stamp),
    generated: maybe(list(leaf(kinds.path), "Globs, relative to the context, of files that a build step makes before publishing.")),
    epoch: maybe(
      about(
        z.int().check(z.gte(0), z.lte(kinds.latestEpoch)),
        "Seconds since 1970 that every time in the content is set to. Default: 315532800.",
        `a whole number of seconds from 0 to ${kinds.latestEpoch}`,
      ),
    ),
    builder: maybe(leaf(kinds.text, "The buildx builder to use: its name, or its address (tcp://HOST:PORT, unix:///PATH).")),
    secrets: maybe(map(kinds.secretId, secret, "Secrets that RUN may mount, by id.")),
    ssh: maybe(list(leaf(kinds.text), "SSH agents or keys that RUN may mount: default, or ID=PATH.")),
    cache: maybe(cache),
    reuse: maybe(about(z.union([z.literal(false), reuse]), "Whether content of an ancestor is reused; false never.", "a map or false")),
    compression: maybe(
      about(z.enum(["gzip", "zstd"]), "How new layers are packed, by assemble and buildx. Default: gzip.", "gzip or zstd"),
    ),
  }),
  "How the image is built.",
  "a map",
);
