import { expression, list, scalar } from "../yaml-text.ts";
import { actions } from "./actions.ts";

/** Where the workflow is. */
export const workflowPath = ".github/workflows/prod.yml";

/** What the workflow depends on. */
export interface WorkflowParts {
  /** Branches and patterns whose pushes it publishes. */
  readonly branches: readonly string[];
  /** The branch that `latest` follows, where there is one. */
  readonly latest: string | undefined;
  /** The one platform of all images; undefined where they differ. */
  readonly platform: string | undefined;
  readonly platforms: readonly string[];
  /** Where the job's identity comes from at AWS. */
  readonly aws: { readonly role: string; readonly region: string } | undefined;
  /** Other registries, each with the expressions of user and password. */
  readonly logins: readonly Login[];
  /** Commands, one a line. */
  readonly publish: string;
  readonly validate: readonly string[];
  readonly cache: "npm" | "yarn" | undefined;
}

/** How the workflow signs in at a registry. */
export interface Login {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** GHCR takes the job's own token. */
  readonly own: boolean;
}

const outputs = [
  ["image_uri_sha", "The image by the commit's full SHA."],
  ["image_uri_latest", "The image by latest; empty where latest names another commit."],
  ["image_uri_digest", "The image by its digest."],
  ["git_sha", "The commit's full SHA."],
] as const;

/** The workflow. This repository's own prod.yml is what comes out for its own values. */
export function workflow(parts: WorkflowParts): string {
  const { branches, latest } = parts;
  const on = branches.join(" and ");
  return `# Publishes the image of each commit on ${on}: tagged with the commit's full SHA${latest === undefined ? "" : ", and with latest while it is the newest"}.
# By hand it publishes the newest commit of any branch; latest then stays as it is. Other workflows of this repository may
# call it: they get its outputs.
name: prod

on:
  push:
    branches: ${list(branches.map(pattern))}
  workflow_dispatch:
  workflow_call:
    outputs:
${outputs
  .map(
    ([name, description]) => `      ${name}:
        description: ${description}
        value: ${expression(`jobs.publish.outputs.${name}`)}
`,
  )
  .join("")}
# One group for each commit: a shared one would cancel all but the newest waiting run, and their commits would have no image.
concurrency:
  group: publish-${expression("github.sha")}
  cancel-in-progress: false

permissions: {}

jobs:
${publishJob(parts)}
${validateJob(parts)}
${summaryJob}`;
}

/** A pattern's characters that GitHub takes otherwise than waybill (GitHub Docs, "Filter pattern cheat sheet"). */
function pattern(branch: string): string {
  return branch.replace(/\+/g, "\\+").replace(/^!/, "\\!");
}

function publishJob(parts: WorkflowParts): string {
  return `  publish:
    name: publish
    runs-on: ${runner(parts)}
    timeout-minutes: 10
    permissions:
      contents: read # the checkout, and ${parts.latest === undefined ? "its history" : `${parts.latest}'s newest commit when latest is about to move`}
${identity(parts, "write")}    outputs:
${outputs.map(([name]) => `      ${name}: ${expression(`steps.publish.outputs.${name}`)}\n`).join("")}    steps:
      - uses: ${actions.checkout}
        with:
          fetch-depth: 0
          filter: blob:none
          # publish fetches ${parts.latest ?? "the branch"} again before latest moves, which needs them in a private repository.
          persist-credentials: true # zizmor: ignore[artipacked] no artifact is uploaded here

${node(parts, " # npm holds each package against package-lock.json, whoever wrote the cache")}
${signIn(parts)}      - uses: ${actions.buildx}
        with:
          platforms: ${parts.platforms.join(",")}

      - name: Publish the image
        id: publish
        run: ${parts.publish}
${environment([
  ...(parts.platform === undefined ? [] : [["DOCKER_DEFAULT_PLATFORM", parts.platform] as const]),
  ...(parts.aws === undefined ? [] : [["AWS_REGION", parts.aws.region] as const]),
])}`;
}

function validateJob(parts: WorkflowParts): string {
  const { validate, aws } = parts;
  const run = validate.length === 1 ? ` ${validate[0]}\n` : ` |\n${validate.map((line) => `          ${line}\n`).join("")}`;
  return `  # With nothing of the first job but what it left in the registry.
  validate:
    name: validate
    needs: publish
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # the checkout
${identity(parts, "read")}    steps:
      - uses: ${actions.checkout}
        with:
          persist-credentials: false

${node(parts, "")}
${signIn(parts)}      - name: Check the image in the registry
        run:${run}${environment(aws === undefined ? [] : [["AWS_REGION", aws.region]])}`;
}

/** An image for ARM is built on ARM: programs that RUN starts would be emulated elsewhere. */
function runner({ platforms }: WorkflowParts): string {
  return platforms.length > 0 && platforms.every((one) => one.startsWith("linux/arm64")) ? "ubuntu-24.04-arm" : "ubuntu-latest";
}

function identity({ aws, logins }: WorkflowParts, packages: "read" | "write"): string {
  return [
    ...(aws === undefined ? [] : ["      id-token: write # the role at AWS, by OIDC\n"]),
    ...(logins.some(({ own }) => own) ? [`      packages: ${packages} # GHCR\n`] : []),
  ].join("");
}

function node({ cache }: WorkflowParts, why: string): string {
  const kept = cache === undefined ? "package-manager-cache: false" : `cache: ${cache}${cache === "npm" ? why : ""}`;
  return `      - uses: ${actions.node}
        with:
          node-version: 24
          ${kept}
`;
}

function signIn({ aws, logins }: WorkflowParts): string {
  const role =
    aws &&
    `      - uses: ${actions.credentials}
        with:
          role-to-assume: ${scalar(aws.role)}
          aws-region: ${aws.region}

`;
  return [role ?? "", ...logins.map(login)].join("");
}

function login({ host, user, password, own }: Login): string {
  return `      - name: Sign in at ${host}
        run: printf '%s' "$PASSWORD" | docker login ${host} --username "${own ? "$GITHUB_ACTOR" : "$USERNAME"}" --password-stdin
        env:
${own ? "" : `          USERNAME: ${expression(user)}\n`}          PASSWORD: ${expression(password)}

`;
}

function environment(variables: readonly (readonly [string, string])[]): string {
  return variables.length === 0
    ? ""
    : `        env:\n${variables.map(([name, value]) => `          ${name}: ${scalar(value)}\n`).join("")}`;
}

const summaryJob = `  summary:
    name: summary
    needs: [publish, validate]
    if: always()
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    steps:
      - name: Say what was published
        run: |
          {
            echo "### \${GITHUB_SHA}"
            echo "| published | validated | image | by digest | latest |"
            echo "|---|---|---|---|---|"
            echo "| \${PUBLISHED} | \${VALIDATED} | \${IMAGE:-none} | \${DIGEST:-none} | \${LATEST:-not this one} |"
          } >> "$GITHUB_STEP_SUMMARY"
          # GitHub drops an output that holds a secret, without a word to whoever wrote it.
          if [ "$PUBLISHED" = success ] && [ -z "$IMAGE" ]; then
            echo "::warning title=OUTPUT_DROPPED::image_uri_sha is empty though the image was published: it holds a masked value, such as an account's number that is kept as a secret. Keep it as a variable instead."
          fi
        env:
          PUBLISHED: ${expression("needs.publish.result")}
          VALIDATED: ${expression("needs.validate.result")}
          IMAGE: ${expression("needs.publish.outputs.image_uri_sha")}
          DIGEST: ${expression("needs.publish.outputs.image_uri_digest")}
          LATEST: ${expression("needs.publish.outputs.image_uri_latest")}
`;
