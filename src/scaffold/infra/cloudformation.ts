import { stringify } from "yaml";
import { githubAudience, githubIssuer } from "../../aws/index.ts";
import type { InfraAccount, InfraRepository, InfraRole } from "./accounts.ts";
import { lifecycleComment, lifecyclePolicy } from "./lifecycle.ts";
import { guestPolicy, permissions, trust } from "./policies.ts";

/**
 * A CloudFormation template of one account. A stack has one region: where repositories lie in several, the same template is
 * deployed in each, and the role comes with the first.
 */
export function cloudFormation(account: InfraAccount): string {
  const regions = [...new Set(account.repositories.map(({ region }) => region))];
  const [home] = regions;
  const conditional = regions.length > 1;
  const inHome = conditional && home !== undefined ? { Condition: conditionOf(home) } : {};
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `What waybill publishes with in account ${account.account}`,
    ...(account.role === undefined ? {} : { Parameters: { OidcProvider: provider } }),
    ...conditionsOf(account.role, conditional ? regions : []),
    Resources: {
      ...Object.fromEntries(
        account.repositories.map((one, at) => [
          `Repository${at === 0 ? "" : at + 1}`,
          { ...repository(one), ...(conditional ? { Condition: conditionOf(one.region) } : {}) },
        ]),
      ),
      ...(account.role === undefined ? {} : roleResources(account, account.role, inHome)),
    },
    ...(account.role === undefined ? {} : { Outputs: { RoleArn: { Value: { "Fn::GetAtt": ["Role", "Arn"] }, ...inHome } } }),
  };
  const comments = [
    ...(regions.length > 1 ? [`Deploy it in each of ${regions.join(", ")}; the role comes with ${home}.`] : []),
    `aws cloudformation deploy --template-file cloudformation.yaml --stack-name waybill --capabilities CAPABILITY_NAMED_IAM${home === undefined ? "" : ` --region ${home}`}`,
    ...lifecycleComment,
  ];
  return `${comments.map((line) => `# ${line}`).join("\n")}\n${stringify(template, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const provider = {
  Type: "String",
  Default: "create",
  AllowedValues: ["create", "exists"],
  Description: "An account has one OIDC provider for GitHub; say exists where it has it already",
};

function conditionOf(region: string): string {
  return `In${region.replaceAll("-", "")}`;
}

function conditionsOf(role: InfraRole | undefined, regions: readonly string[]): object {
  const inRegions = Object.fromEntries(regions.map((region) => [conditionOf(region), { "Fn::Equals": [{ Ref: "AWS::Region" }, region] }]));
  const create = { "Fn::Equals": [{ Ref: "OidcProvider" }, "create"] };
  const [home] = regions;
  const all = {
    ...inRegions,
    ...(role === undefined
      ? {}
      : { CreateProvider: home === undefined ? create : { "Fn::And": [create, { Condition: conditionOf(home) }] } }),
  };
  return Object.keys(all).length === 0 ? {} : { Conditions: all };
}

function repository({ name, moving, guests }: InfraRepository): object {
  return {
    Type: "AWS::ECR::Repository",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      RepositoryName: name,
      ...(moving.length === 0
        ? { ImageTagMutability: "IMMUTABLE" }
        : {
            ImageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
            ImageTagMutabilityExclusionFilters: moving.map((tag) => ({
              ImageTagMutabilityExclusionFilterType: "WILDCARD",
              ImageTagMutabilityExclusionFilterValue: tag,
            })),
          }),
      ImageScanningConfiguration: { ScanOnPush: true },
      LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(lifecyclePolicy(moving), undefined, 2) },
      ...(guests.length === 0 ? {} : { RepositoryPolicyText: guestPolicy(guests) }),
    },
  };
}

function roleResources(account: InfraAccount, role: InfraRole, inHome: object): object {
  return {
    Provider: {
      Type: "AWS::IAM::OIDCProvider",
      Condition: "CreateProvider",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: { Url: `https://${githubIssuer}`, ClientIdList: [githubAudience] },
    },
    Role: {
      Type: "AWS::IAM::Role",
      ...inHome,
      Properties: {
        RoleName: role.name,
        Path: role.path,
        AssumeRolePolicyDocument: trust(account, role),
        Policies: [{ PolicyName: "publish", PolicyDocument: permissions(account, role) }],
      },
    },
  };
}
