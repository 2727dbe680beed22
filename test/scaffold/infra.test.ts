import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { loadSettings } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { infra } from "../../src/scaffold/index.ts";

const remote = { host: "github.com", owner: "quiltdata", name: "benchling-webhook" };
const home = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const ecr = (account: string, region = "us-east-1"): string => `${account}.dkr.ecr.${region}.amazonaws.com`;
const one = [{ registry: ecr("712023778557"), role: home }];

/** The files for destinations, by path. */
async function written(destinations: readonly object[], more: object = {}): Promise<ReadonlyMap<string, string>> {
  const text = JSON.stringify({ image: "quiltdata/benchling", branches: ["main", "release/*"], destinations, ...more });
  const { images } = await loadSettings({ readFile: async () => Buffer.from(text), root: "/", env: {}, flags: {} });
  return new Map(infra(images, { remote }).map(({ path, text: content }) => [path, content]));
}

async function template(destinations: readonly object[], account: string, more: object = {}): Promise<ReturnType<typeof parse>> {
  return parse((await written(destinations, more)).get(`infra/${account}/cloudformation.yaml`) ?? "", { strict: true });
}

test("only the configured branches may take the role: names exactly, patterns as patterns", async () => {
  const { Role } = (await template(one, "712023778557")).Resources;
  assert.equal(`${Role.Properties.Path}${Role.Properties.RoleName}`, "/github/GitHub-benchling-webhook");
  const conditions = Role.Properties.AssumeRolePolicyDocument.Statement.map(({ Condition }: { Condition: object }) => Condition);
  const [aud, sub] = ["token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub"];
  const subject = "repo:quiltdata/benchling-webhook:ref:refs/heads";
  assert.deepEqual(conditions, [
    { StringEquals: { [aud]: "sts.amazonaws.com", [sub]: [`${subject}/main`] } },
    { StringEquals: { [aud]: "sts.amazonaws.com" }, StringLike: { [sub]: [`${subject}/release/*`] } },
  ]);
});

test("the role may do what docs/ecr.md lists, at its repositories, and nothing else", async () => {
  const { Role } = (await template(one, "712023778557")).Resources;
  const statements: readonly { Action: string[]; Resource: unknown }[] = Role.Properties.Policies[0].PolicyDocument.Statement;
  const section = /## Permissions\n(.*?)\n## /s.exec(readFileSync(join(import.meta.dirname, "../../docs/ecr.md"), "utf8"))?.[1] ?? "";
  const listed = [...section.matchAll(/`((?:ecr|iam):\w+)`/g)].map(([, action]) => action);
  assert.deepEqual(statements.flatMap(({ Action }) => Action).toSorted(), listed.toSorted());
  assert.deepEqual(
    statements.map(({ Resource }) => Resource),
    ["*", ["arn:aws:ecr:us-east-1:712023778557:repository/quiltdata/benchling"], home],
  );
});

test("tags are immutable but for the moving ones, and all where none moves", async () => {
  const of = async (tags: object): Promise<Record<string, unknown>> =>
    (await template(one, "712023778557", { tags })).Resources.Repository.Properties;
  const moving = await of({ latest: { branch: "main" }, moving: { edge: { branch: "main" } } });
  assert.equal(moving["ImageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
  assert.deepEqual(moving["ImageTagMutabilityExclusionFilters"], [
    { ImageTagMutabilityExclusionFilterType: "WILDCARD", ImageTagMutabilityExclusionFilterValue: "latest" },
    { ImageTagMutabilityExclusionFilterType: "WILDCARD", ImageTagMutabilityExclusionFilterValue: "edge" },
  ]);
  assert.equal((await of({ latest: false }))["ImageTagMutability"], "IMMUTABLE");
});

test("lifecycle rules keep versions, deployed images and moving tags before they expire anything", async () => {
  const { LifecyclePolicy } = (await template(one, "712023778557")).Resources.Repository.Properties;
  const { rules } = JSON.parse(LifecyclePolicy.LifecyclePolicyText);
  assert.deepEqual(
    rules.map(({ rulePriority }: { rulePriority: number }) => rulePriority),
    [1, 2, 3, 1000],
  );
  assert.deepEqual(
    rules.slice(0, -1).map(({ selection }: { selection: { tagPatternList: string[] } }) => selection.tagPatternList),
    [["v*"], ["deployed*"], ["latest"]],
  );
  assert.deepEqual(rules.at(-1).selection, { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 });
});

/** An image as a lifecycle policy sees it. */
interface Aged {
  readonly tags: readonly string[];
  /** Since it was pushed. */
  readonly days: number;
}

interface Rule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: string;
    readonly tagPatternList?: readonly string[];
    readonly countType: string;
    readonly countNumber: number;
  };
}

/**
 * Which images ECR expires (Amazon ECR, "Lifecycle policy evaluation rules"): all rules are evaluated at once, then applied by
 * priority; an image is expired by one rule or none, and one that a rule of higher priority selects is out of reach of later rules.
 */
function expired(rules: readonly Rule[], images: readonly Aged[]): readonly Aged[] {
  const taken = new Set<Aged>();
  const gone: Aged[] = [];
  for (const { selection } of rules.toSorted((a, b) => a.rulePriority - b.rulePriority)) {
    const fits = (image: Aged): boolean =>
      selection.tagStatus === "untagged"
        ? image.tags.length === 0
        : (selection.tagPatternList ?? []).every((pattern) =>
            image.tags.some((tag) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(tag)),
          );
    const selected = images.filter((image) => !taken.has(image) && fits(image)).toSorted((a, b) => a.days - b.days);
    for (const image of selected) taken.add(image);
    gone.push(
      ...(selection.countType === "imageCountMoreThan"
        ? selected.slice(selection.countNumber)
        : selected.filter(({ days }) => days > selection.countNumber)),
    );
  }
  return gone;
}

test("what is old and has a tag that is kept stays, whatever rule for all images is added behind; untagged images go after 14 days", async () => {
  const { LifecyclePolicy } = (await template(one, "712023778557")).Resources.Repository.Properties;
  const { rules } = JSON.parse(LifecyclePolicy.LifecyclePolicyText);
  const sha = "5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12";
  const kept = [
    [sha, "v1.2.3"],
    [sha, "deployed-production"],
    [sha, "latest"],
  ].map((tags) => ({ tags, days: 1000 }));
  const commit = { tags: [sha], days: 1000 };
  const [fresh, stale] = [
    { tags: [], days: 14 },
    { tags: [], days: 15 },
  ];
  assert.deepEqual(expired(rules, [...kept, commit, fresh, stale]), [stale]);
  const yearly = {
    rulePriority: 500,
    selection: { tagStatus: "tagged", tagPatternList: ["*"], countType: "sinceImagePushed", countNumber: 365 },
  };
  assert.deepEqual(expired([...rules, yearly], [...kept, commit, fresh, stale]), [commit, stale]);
});

test("every account has its own files and its own role; several regions are one template with conditions", async () => {
  const destinations = [
    ...one,
    { registry: ecr("712023778557", "us-west-2"), role: home },
    { registry: ecr("123456789012"), role: "arn:aws:iam::123456789012:role/publish" },
    { registry: "ghcr.io" },
  ];
  assert.deepEqual([...(await written(destinations)).keys()].toSorted(), [
    "infra/123456789012/cloudformation.yaml",
    "infra/123456789012/main.tf",
    "infra/712023778557/cloudformation.yaml",
    "infra/712023778557/main.tf",
  ]);
  const first = await template(destinations, "712023778557");
  assert.deepEqual(Object.keys(first.Resources).toSorted(), ["Provider", "Repository", "Repository2", "Role"]);
  assert.deepEqual(first.Conditions[first.Resources.Repository2.Condition]["Fn::Equals"], [{ Ref: "AWS::Region" }, "us-west-2"]);
  const second = await template(destinations, "123456789012");
  assert.equal(second.Resources.Role.Properties.RoleName, "publish");
});

test("a role of another account is let in by the repository's policy, and made in its own account", async () => {
  const destinations = [{ registry: ecr("123456789012"), role: home }];
  const there = (await template(destinations, "123456789012")).Resources;
  assert.equal(there.Role, undefined);
  assert.deepEqual(there.Repository.Properties.RepositoryPolicyText.Statement[0].Principal, { AWS: [home] });
  assert.deepEqual(Object.keys((await template(destinations, "712023778557")).Resources), ["Provider", "Role"]);
});

test("what a branch is called cannot become an expression of Terraform", async () => {
  const text = JSON.stringify({ image: "a", destinations: one });
  const { images } = await loadSettings({ readFile: async () => Buffer.from(text), root: "/", env: {}, flags: {} });
  const hostile = images.map((image) => ({ ...image, branches: ["$" + "{file(1)}", "%{if}"] }));
  const made = infra(hostile, { remote }).find(({ path }) => path.endsWith("main.tf"))?.text ?? "";
  assert.match(made, /\/\$\$\{file\(1\)\}/);
  assert.match(made, /\/%%\{if\}/);
});

test("two roles in one account, and no destination on ECR, are refused in words", async () => {
  const two = [...one, { registry: ecr("712023778557", "us-west-2"), role: `${home}-2` }];
  await assert.rejects(written(two), (thrown) => thrown instanceof Failure && thrown.code === "CONFIG_INVALID");
  const none = [{ registry: "ghcr.io" }];
  await assert.rejects(written(none), (thrown) => thrown instanceof Failure && thrown.code === "CONFIG_MISSING");
});
