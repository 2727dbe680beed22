import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { runGit } from "../support/git-repository.ts";
import { peerPython } from "./support/programs.ts";

const dir = mkdtempSync(join(tmpdir(), "waybill-infra-"));
after(() => rmSync(dir, { recursive: true }));
const account = "712023778557";

before(async () => {
  runGit(dir, ["init", "--quiet", "--initial-branch=main"]);
  runGit(dir, ["remote", "add", "origin", "git@github.com:quiltdata/benchling-webhook.git"]);
  const role = `arn:aws:iam::${account}:role/github/GitHub-benchling-webhook`;
  const regions = ["us-east-1", "us-west-2"].flatMap((region) => ["--registry", `${account}.dkr.ecr.${region}.amazonaws.com`]);
  const argv = ["--file", "Dockerfile", "--image", "quiltdata/benchling", "--role", role, "--branch", "main", "--branch", "release/*"];
  const run = await waybill(["init", "--infra", "--yes", "--make", "own", ...argv, ...regions], { cwd: dir });
  assert.equal(run.exitCode, 0, run.said);
});

test("cfn-lint finds nothing in the CloudFormation template", () => {
  const said = execFileSync(peerPython("cfn-lint"), [join(dir, "infra", account, "cloudformation.yaml")], { encoding: "utf8" });
  assert.equal(said, "");
});

test("the Terraform file is HCL, with the same resources", () => {
  const program = "import hcl2,json,sys; print(json.dumps([list(r)[0].strip('\"') for r in hcl2.load(open(sys.argv[1]))['resource']]))";
  const said = execFileSync(peerPython("python"), ["-c", program, join(dir, "infra", account, "main.tf")], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(said), [
    "aws_ecr_repository",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository",
    "aws_ecr_lifecycle_policy",
    "aws_iam_openid_connect_provider",
    "aws_iam_role",
    "aws_iam_role_policy",
  ]);
});
