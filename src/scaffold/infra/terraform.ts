import { githubAudience, githubIssuer } from "../../aws/index.ts";
import type { InfraAccount, InfraRepository, InfraRole } from "./accounts.ts";
import { lifecycleComment, lifecyclePolicy } from "./lifecycle.ts";
import { guestPolicy, permissions, trust } from "./policies.ts";

/** A Terraform configuration of one account, with a provider for each region. Needs the AWS provider 6.8 or later. */
export function terraform(account: InfraAccount): string {
  const regions = [...new Set(account.repositories.map(({ region }) => region))];
  return `${[
    `# What waybill publishes with in account ${account.account}.`,
    ...block("terraform", ["required_providers {", '  aws = { source = "hashicorp/aws", version = ">= 6.8" }', "}"]),
    ...(regions.length === 0 ? [undefined] : regions).flatMap((region, at) =>
      block('provider "aws"', [
        ...(region === undefined ? [] : [`region              = ${text(region)}`]),
        `allowed_account_ids = [${text(account.account)}]`,
        ...(region === undefined || at === 0 ? [] : [`alias               = ${text(aliasOf(region))}`]),
      ]),
    ),
    ...lifecycleComment.map((line) => `# ${line}`),
    ...account.repositories.flatMap((one, at) =>
      repository(one, at === 0 ? "repository" : `repository_${at + 1}`, one.region !== regions[0]),
    ),
    ...(account.role === undefined ? [] : roleLines(account, account.role)),
  ].join("\n")}\n`;
}

function aliasOf(region: string): string {
  return region.replaceAll("-", "_");
}

function block(head: string, lines: readonly string[]): readonly string[] {
  return [`${head} {`, ...lines.map((line) => (line === "" ? "" : `  ${line}`)), "}", ""];
}

/** What HCL would fill in, with its first sign doubled (HCL native syntax, "Template literals"). */
function escaped(quoted: string): string {
  return quoted.replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}

/** A text in quotes. */
function text(value: string): string {
  return escaped(JSON.stringify(value));
}

/** JSON is an expression of HCL, so that the document stays readable. */
function json(name: string, value: object): readonly string[] {
  const lines = escaped(JSON.stringify(value, undefined, 2)).split("\n");
  return [`${name} = jsonencode(${lines[0]}`, ...lines.slice(1, -1), `${lines.at(-1)})`];
}

function repository({ name, region, moving, guests }: InfraRepository, label: string, elsewhere: boolean): readonly string[] {
  const at = elsewhere ? [`provider = aws.${aliasOf(region)}`] : [];
  return [
    ...block(`resource "aws_ecr_repository" "${label}"`, [
      ...at,
      `name = ${text(name)}`,
      `image_tag_mutability = "${moving.length === 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION"}"`,
      ...moving.flatMap((tag) => [
        "image_tag_mutability_exclusion_filter {",
        '  filter_type = "WILDCARD"',
        `  filter      = ${text(tag)}`,
        "}",
      ]),
      "image_scanning_configuration {",
      "  scan_on_push = true",
      "}",
      "lifecycle {",
      "  prevent_destroy = true",
      "}",
    ]),
    ...block(`resource "aws_ecr_lifecycle_policy" "${label}"`, [
      ...at,
      `repository = aws_ecr_repository.${label}.name`,
      ...json("policy", lifecyclePolicy(moving)),
    ]),
    ...(guests.length === 0
      ? []
      : block(`resource "aws_ecr_repository_policy" "${label}"`, [
          ...at,
          `repository = aws_ecr_repository.${label}.name`,
          ...json("policy", guestPolicy(guests)),
        ])),
  ];
}

function roleLines(account: InfraAccount, role: InfraRole): readonly string[] {
  return [
    ...block('variable "create_oidc_provider"', [
      'description = "an account has one OIDC provider for GitHub; false where it has it already"',
      "type        = bool",
      "default     = true",
    ]),
    ...block('resource "aws_iam_openid_connect_provider" "github"', [
      "count          = var.create_oidc_provider ? 1 : 0",
      `url            = "https://${githubIssuer}"`,
      `client_id_list = ["${githubAudience}"]`,
    ]),
    ...block('resource "aws_iam_role" "publish"', [
      `name = ${text(role.name)}`,
      `path = ${text(role.path)}`,
      ...json("assume_role_policy", trust(account, role)),
    ]),
    ...block('resource "aws_iam_role_policy" "publish"', [
      'name = "publish"',
      "role = aws_iam_role.publish.name",
      ...json("policy", permissions(account, role)),
    ]),
  ];
}
