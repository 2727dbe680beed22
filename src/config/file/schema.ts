import * as z from "zod/mini";
import type { Kind } from "../values.ts";
import * as kinds from "../values.ts";

/** What is said of each part of the file: in the JSON Schema, and after "expected" in errors. */
export const described = z.registry<{ readonly description: string; readonly expected?: string }>();

type Schema = z.core.$ZodType;

function about<T extends Schema>(schema: T, description: string, expected?: string): T {
  described.add(schema, { description, ...(expected === undefined ? {} : { expected }) });
  return schema;
}

function leaf(kind: Kind, description?: string) {
  const parsed = z.pipe(
    z.string(),
    z.transform((value, context) => {
      const normal = kind.parse(value);
      if (normal === undefined) context.issues.push({ code: "custom", input: value, message: "not of its kind" });
      return normal ?? value;
    }),
  );
  described.add(parsed, { description: description ?? kind.expected, expected: kind.expected });
  return parsed;
}

const environment: Kind = {
  expected: "the name of an environment, up to 255 characters",
  parse: (name) => (name.length <= 255 ? kinds.text.parse(name) : undefined),
};

const map = <T extends Schema>(key: Kind, value: T, description: string) => about(z.record(leaf(key), value), description, "a map");
const list = <T extends Schema>(item: T, description: string) => about(z.array(item), description, "a list");
const maybe = z.optional;

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

const build = about(
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

const destination = about(
  z.strictObject({
    registry: maybe(
      leaf(
        kinds.host,
        "The registry's host. May be left open where ECR_REGISTRY, or AWS_ACCOUNT_ID and AWS_REGION, are set; auto: those, else ECR in the account of the role or of whoever signs.",
      ),
    ),
    repository: maybe(leaf(kinds.repository, "The repository in that registry. Default: image.")),
    role: maybe(leaf(kinds.role, "The IAM role to sign in with, at ECR.")),
    trusted: maybe(
      about(z.boolean(), "Whether an image found here may be the source for the other destinations; the first always is.", "true or false"),
    ),
  }),
  "One repository in one registry.",
  "a map",
);

const moving = about(
  z.strictObject({
    branch: maybe(leaf(kinds.branch, "The branch whose newest published commit the tag names. Default: the first of branches.")),
    adopt: maybe(about(z.boolean(), "Whether to take the tag over from an image that names no commit of this history.", "true or false")),
    policy: maybe(
      about(
        z.enum(["forward", "always", "never"]),
        "forward: it moves from ancestors only. always: also from a commit that the branch has left, as after a forced push. never: it is left as it is. Default: forward.",
        "forward, always or never",
      ),
    ),
  }),
  "A tag that moves forward with a branch.",
  "a map",
);

const tags = about(
  z.strictObject({
    release: maybe(leaf(kinds.releaseTag, 'The release tag, with "{sha}" for the full commit. Default: "{sha}".')),
    archSuffix: maybe(
      about(z.boolean(), "Whether every tag ends in the architecture, as in {sha}-amd64. Default: false.", "true or false"),
    ),
    latest: maybe(
      about(
        z.union([z.literal(false), moving]),
        "The tag latest; false for none. Default: it moves with the first branch.",
        "a map or false",
      ),
    ),
    moving: maybe(map(kinds.movingTag, moving, "Further tags that move, by name.")),
  }),
  "The tags that a commit gets.",
  "a map",
);

const smoke = about(
  z
    .strictObject({
      http: maybe(leaf(kinds.httpPath, "The path to ask for over HTTP. Default: its HEALTHCHECK is run; without one it has to stay up.")),
      status: maybe(leaf(kinds.statusList, "With http: the answers that count. Default: 200-399.")),
      port: maybe(
        about(
          z.int().check(z.gte(1), z.lte(65_535)),
          "With http: the container's port. Default: the only one that the image exposes.",
          "a port, 1 to 65535",
        ),
      ),
      timeout: maybe(
        leaf(
          kinds.duration,
          "How long it may take to come up. Default: as long as its HEALTHCHECK allows, 60s over HTTP. Of an image with neither: how long it has to stay up, 5s.",
        ),
      ),
      env: maybe(
        map(
          kinds.variable,
          about(z.union([leaf(kinds.content), z.null()]), "A value; empty takes the variable of whoever publishes.", "text, or nothing"),
          "Variables for the container.",
        ),
      ),
      network: maybe(about(z.boolean(), "Whether the container has a network. Default: only with http.", "true or false")),
      runtime: maybe(
        about(z.enum(["docker", "podman", "nerdctl"]), "What runs it. Default: the first that works.", "docker, podman or nerdctl"),
      ),
    })
    .check(z.refine(({ http, status, port }) => http !== undefined || (status === undefined && port === undefined))),
  "How the image is started, and what it has to show.",
  "true, false or a map; status and port only with http",
);

const checks = about(
  z.strictObject({
    smoke: maybe(
      about(
        z.union([z.boolean(), smoke]),
        "Whether a new image is started, and has to come up, before any tag names it. Default: false.",
        "true, false or a map; status and port only with http",
      ),
    ),
  }),
  "What is checked besides, before any tag is written.",
  "a map",
);

const onFailure = about(
  z.strictObject({
    webhook: about(
      z.union([
        leaf(kinds.text, "Its address, where that is no secret."),
        z.strictObject({ env: leaf(kinds.variable, "The environment variable that holds it.") }),
      ]),
      "The address that news of a failure is posted to, as JSON with a text that Slack shows: https, or http to this machine.",
      "an address, or a map with env",
    ),
  }),
  "Who is told of a failure.",
  "a map with webhook",
);

const record = about(
  z.strictObject({
    github: about(
      z.union([
        z.boolean(),
        z.strictObject({ environment: leaf(environment, "The environment that deployments are written to. Default: registry.") }),
      ]),
      "Whether GitHub is told: as a deployment for each image, and as storage records of its organization. Default: false.",
      "true, false, or a map with environment",
    ),
  }),
  "Where publications are written down besides the registry.",
  "a map with github",
);

const image = {
  build: maybe(build),
  checks: maybe(checks),
  destinations: maybe(
    about(
      z.array(destination).check(z.minLength(1)),
      "Where the image goes. The first is the primary.",
      "a list with at least one destination",
    ),
  ),
  branches: maybe(
    about(
      z.array(leaf(kinds.branchPattern)).check(z.minLength(1)),
      "Branches whose commits are published; release/* is a pattern. Default: main.",
      "a list with at least one branch",
    ),
  ),
  tags: maybe(tags),
  source: maybe(leaf(kinds.link, "The repository's link, for the image's labels. Default: the origin's.")),
};

const named = about(
  z.strictObject({
    name: leaf(kinds.text, "What --image takes; also the repository where no image is given."),
    image: maybe(leaf(kinds.repository, "The repository's name in every registry.")),
    ...image,
  }),
  "One of several images.",
  "a map",
);

/** waybill.yaml: one image at the top level, or several under `images` with the top-level keys as their defaults. */
export const settingsFile = about(
  z.strictObject({
    image: maybe(leaf(kinds.repository, "The image's repository name in every registry.")),
    ...image,
    images: maybe(
      about(z.array(named).check(z.minLength(1)), "Several images; the other keys are then their defaults.", "a list of images"),
    ),
    endpoints: maybe(
      map(kinds.host, leaf(kinds.endpoint), "Registry host → URL that is really spoken to: a VPC endpoint, a proxy, a test registry."),
    ),
    caFile: maybe(leaf(kinds.text, "PEM file of further certificate authorities.")),
    onFailure: maybe(onFailure),
    record: maybe(record),
    everyCommit: maybe(
      about(
        z.boolean(),
        "Whether every commit that a push brought to its branch is published, oldest first, and not only the newest. Default: false.",
        "true or false",
      ),
    ),
  }),
  "What waybill publishes, and where. https://github.com/quiltdata/waybill#configuration",
  "a map of settings",
);

/** The parts of the file that are set for one image. */
export type ImageLayer = Omit<z.output<typeof named>, "name">;
/** A file as it was parsed. */
export type FileSettings = z.output<typeof settingsFile>;
