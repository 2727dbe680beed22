import assert from "node:assert/strict";
import { test } from "node:test";
import { skew } from "../../src/doctor/checks/clock.ts";
import { lifecycleFindings } from "../../src/doctor/checks/lifecycle.ts";
import { trustFindings } from "../../src/doctor/checks/trust.ts";
import { workflowFindings } from "../../src/doctor/checks/workflow.ts";

const levels = (findings: readonly { readonly level: string }[]) => findings.map(({ level }) => level);
const issuer = "token.actions.githubusercontent.com";
const policy = (operator: string, sub: string | undefined, aud = "sts.amazonaws.com"): string =>
  JSON.stringify({
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${issuer}:aud`]: aud, ...(operator === "StringEquals" && sub ? { [`${issuer}:sub`]: sub } : {}) },
          ...(operator === "StringLike" ? { StringLike: { [`${issuer}:sub`]: [sub] } } : {}),
        },
      },
    ],
  });

test("a trust policy that names the branch passes, one for another branch or repository is an error", () => {
  assert.deepEqual(levels(trustFindings(policy("StringEquals", "repo:a/b:ref:refs/heads/main"), "a/b", ["main"])), ["pass"]);
  for (const sub of ["repo:a/b:ref:refs/heads/dev", "repo:a/c:ref:refs/heads/main", "repo:a/b:*"])
    assert.deepEqual(levels(trustFindings(policy("StringEquals", sub), "a/b", ["main"])), ["error"], sub);
  assert.deepEqual(levels(trustFindings(policy("StringLike", "repo:a/b:ref:refs/heads/release/*"), "a/b", ["release/*"])), ["pass"]);
});

test("a trust policy for :* is a warning, one without sub is an error, one without aud a warning", () => {
  assert.deepEqual(levels(trustFindings(policy("StringLike", "repo:a/b:*"), "a/b", ["main"])), ["warning", "pass"]);
  assert.match(trustFindings(policy("StringEquals", undefined), "a/b", [])[0]?.what ?? "", /every repository at GitHub/);
  const other = trustFindings(policy("StringEquals", "repo:a/b:ref:refs/heads/main", "other"), "a/b", ["main"]);
  assert.deepEqual(levels(other), ["warning", "pass"]);
});

test("a trust policy for other repositories too is a warning", () => {
  for (const sub of ["repo:a/*:ref:refs/heads/main", "repo:a/b*:ref:refs/heads/main", "repo:?/b:ref:refs/heads/main"]) {
    const [first, second] = trustFindings(policy("StringLike", sub), "a/b", ["main"]);
    assert.deepEqual([first?.level, second?.level], ["warning", "pass"], sub);
    assert.match(first?.what ?? "", /lets in other repositories too$/);
  }
  // All of both: every repository, and every branch.
  assert.deepEqual(levels(trustFindings(policy("StringLike", "repo:a/*:*"), "a/b", ["main"])), ["warning", "warning", "pass"]);
});

test("trust policies are found in CloudFormation with short forms, and in Terraform's JSON", () => {
  const template = `Resources:\n  Role:\n    Properties:\n      RoleName: !Sub "\${AWS::StackName}"\n      Arn: !GetAtt [A, B]\n      AssumeRolePolicyDocument: ${policy("StringLike", "repo:a/b:*")}\n`;
  assert.deepEqual(levels(trustFindings(template, "a/b", ["main"])), ["warning", "pass"]);
  const terraform = JSON.stringify({
    resource: { aws_iam_role: { r: { assume_role_policy: policy("StringEquals", "repo:a/b:ref:refs/heads/main") } } },
  });
  assert.deepEqual(levels(trustFindings(terraform, "a/b", ["main"])), ["pass"]);
  assert.match(trustFindings('resource "aws_iam_role" "r" {}', "a/b", ["main"])[0]?.mend ?? "", /terraform show -json/);
  for (const text of ["", "{", "Resources: {}", "[]"]) assert.deepEqual(levels(trustFindings(text, "a/b", ["main"])), ["error"], text);
});

test("statements for other providers' tokens are theirs, and every finding names its policy", () => {
  const statement = (federated: string, sub: string) => ({
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${federated}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${federated}:aud`]: "sts.amazonaws.com", ...(sub ? { [`${federated}:sub`]: sub } : {}) } },
  });
  const of = (...statements: readonly object[]) =>
    trustFindings(JSON.stringify({ Statement: statements }), "a/b", ["main"], "the policy of R");
  const gitlab = statement("gitlab.com", "");
  assert.deepEqual(levels(of(gitlab, statement(issuer, "repo:a/b:ref:refs/heads/main"))), ["pass"]);
  assert.deepEqual(levels(of(gitlab)), ["error"]);
  for (const found of [of(gitlab), of(statement(issuer, "")), of(statement(issuer, "repo:a/b:ref:refs/heads/x"))])
    assert.match(found[0]?.what ?? "", /^the policy of R /);
});

const workflow = (head: string, job: string): string =>
  `on: push\n${head}\njobs:\n  publish:\n    runs-on: x\n    ${job}\n    steps:\n      - run: make push-ci VERSION=1\n`;
const good = "permissions: { contents: read, id-token: write }";

test("a workflow's job needs id-token: write for ECR alone", () => {
  assert.deepEqual(levels(workflowFindings("w", workflow("permissions: {}", good), { ecr: true, packages: false })), ["pass"]);
  assert.deepEqual(levels(workflowFindings("w", workflow(good, "name: x"), { ecr: true, packages: false })), ["pass"]);
  assert.deepEqual(levels(workflowFindings("w", workflow("permissions: { contents: read }", "name: x"), { ecr: true, packages: false })), [
    "error",
  ]);
  assert.deepEqual(levels(workflowFindings("w", workflow("permissions: { contents: read }", "name: x"), { ecr: false, packages: false })), [
    "pass",
  ]);
  assert.deepEqual(levels(workflowFindings("w", workflow("name: x", "permissions: { id-token: write }"), { ecr: true, packages: false })), [
    "warning",
  ]);
  assert.deepEqual(workflowFindings("w", "jobs: { test: { steps: [{ run: make test }] } }", { ecr: true, packages: false }), []);
});

test("a workflow's job needs packages: write for ghcr.io", () => {
  const of = (permissions: string) =>
    levels(workflowFindings("w", workflow(`permissions: ${permissions}`, "name: x"), { ecr: false, packages: true }));
  assert.deepEqual(of("{ contents: read, packages: write }"), ["pass"]);
  assert.deepEqual(of("write-all"), ["pass"]);
  for (const permissions of ["{ contents: read }", "{ contents: read, packages: read }", "read-all"])
    assert.deepEqual(of(permissions), ["error"]);
});

test("a job that the next commit cancels is an error, one group for all commits a warning", () => {
  const of = (concurrency: string) =>
    levels(workflowFindings("w", workflow(`${good}\nconcurrency: ${concurrency}`, "name: x"), { ecr: true, packages: false }));
  assert.deepEqual(of(`{ group: "$\{{ github.sha }}" }`), ["pass"]);
  assert.deepEqual(of(`{ group: "$\{{ github.sha }}", cancel-in-progress: true }`), ["error"]);
  assert.deepEqual(of("publish"), ["warning"]);
});

const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: "expire" } });
const keep = { tagStatus: "tagged", tagPatternList: ["v*"], countType: "imageCountMoreThan", countNumber: 100_000 };
const old = { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days", countNumber: 90 };

test("a lifecycle rule for all images endangers commits' images, and versions unless a rule before keeps them", () => {
  const of = (...rules: readonly object[]) =>
    lifecycleFindings("r", { rules }, { release: "{sha}", moving: ["latest"] }).map(({ level, what }) => `${level} ${what}`);
  assert.deepEqual(of(rule(2, old)).length, 3);
  const [kept, ...others] = of(rule(2, old), rule(1, keep));
  assert.match(kept ?? "", /^warning rule 2 .*commits' images/);
  assert.match(others.join(), /^warning rule 2 .*what latest names[^,]*, deployed ones too[^,]*$/);
  // The rule takes the commit's tag with it.
  assert.match(
    of(rule(1, { ...old, tagStatus: "tagged", tagPrefixList: ["lat"] })).join(),
    /^warning rule 1 of r expires what latest names/,
  );
  assert.match(of(rule(1, old), rule(2, keep)).join(), /versions/);
  assert.match(of(rule(1, { tagStatus: "untagged", countType: "sinceImagePushed", countNumber: 14 })).join(), /^pass/);
});

test("a clock is right within a minute, and an error from five minutes on", () => {
  const date = "Sat, 28 Nov 2026 06:00:00 GMT";
  const of = (seconds: number) => levels(skew("r", date, Date.parse(date) + seconds * 1000));
  assert.deepEqual([of(30), of(-90), of(301)], [["pass"], ["warning"], ["error"]]);
  assert.deepEqual(skew("r", null, 0), []);
});
