import * as z from "zod/mini";
import type { Kind } from "../values.ts";
import * as kinds from "../values.ts";
import { build } from "./build.ts";
import { about, leaf, map, maybe } from "./words.ts";

const environment: Kind = {
  expected: "the name of an environment, up to 255 characters",
  parse: (name) => (name.length <= 255 ? kinds.text.parse(name) : undefined),
};

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
