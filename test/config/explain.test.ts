import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Edge } from "../../src/cli/edge.ts";
import { chosenCommit, type RepositoryOptions, settingsOf } from "../../src/cli/settings.ts";

const sha = (digit: string): string => digit.repeat(40);

/** One setting with a value in each place that can give it, the strongest first. */
interface Row {
  readonly setting: string;
  /** Flags, with what `--explain` says of them. */
  readonly flag?: readonly [Partial<RepositoryOptions>, string, string];
  /** A variable, its value, and what is shown; the strongest variable first. */
  readonly variables?: readonly (readonly [string, string, string?])[];
  /** The file, and what is shown. */
  readonly file?: readonly [string, string];
  /** What it is where nobody says; undefined where it is then left out. */
  readonly usual?: string;
}

const rows: readonly Row[] = [
  {
    setting: "build.platform",
    flag: [{ platform: "linux/arm64" }, "linux/arm64", "--platform"],
    variables: [
      ["WAYBILL_PLATFORM", "linux/s390x"],
      ["DOCKER_DEFAULT_PLATFORM", "linux/386"],
    ],
    file: ["build: { platform: linux/riscv64 }", "linux/riscv64"],
    usual: "linux/amd64",
  },
  {
    setting: "build.file",
    flag: [{ file: "flag/Dockerfile" }, "flag/Dockerfile", "--file"],
    variables: [["WAYBILL_FILE", "env/Dockerfile"]],
    file: ["build: { file: file/Dockerfile }", "file/Dockerfile"],
    usual: "Dockerfile",
  },
  {
    setting: "build.context",
    flag: [{ context: "flag" }, "flag", "--context"],
    variables: [["WAYBILL_CONTEXT", "env"]],
    file: ["build: { context: file }", "file"],
    usual: ".",
  },
  {
    setting: "build.engine",
    flag: [{ engine: "buildx" }, "buildx", "--engine"],
    variables: [["WAYBILL_ENGINE", "buildah"]],
    file: ["build: { engine: assemble }", "assemble"],
    usual: "auto",
  },
  {
    setting: "build.reuse",
    flag: [{ reuse: false }, "false", "--no-reuse"],
    variables: [["WAYBILL_REUSE", "on", "true"]],
    file: ["build: { reuse: false }", "false"],
    usual: "true",
  },
  {
    setting: "tags.archSuffix",
    flag: [{ archSuffix: false }, "false", "--no-arch-suffix"],
    variables: [["WAYBILL_ARCH_SUFFIX", "on", "true"]],
    file: ["tags: { archSuffix: true }", "true"],
    usual: "false",
  },
  {
    setting: "tags.latest.policy",
    flag: [{ latest: "adopt" }, "adopt", "--latest=adopt"],
    variables: [["WAYBILL_LATEST", "never"]],
    file: ["tags: { latest: { branch: main, policy: always } }", "always"],
    usual: "forward",
  },
  {
    setting: "tags.latest",
    flag: [{ latest: false }, "left alone", "--no-latest"],
    variables: [["WAYBILL_LATEST", "off", "left alone"]],
    file: ["tags: { latest: false }", "left alone"],
  },
  {
    setting: "destinations.0.registry",
    flag: [{ registry: "flag.example" }, "flag.example", "--registry"],
    file: ["destinations: [{ registry: file.example }]", "file.example"],
  },
  {
    setting: "destinations.0.repository",
    variables: [
      ["WAYBILL_IMAGE", "team/waybill"],
      ["DOCKER_IMAGE_NAME", "team/docker"],
    ],
    file: ["image: team/file", "team/file"],
  },
  {
    setting: "caFile",
    flag: [{ caFile: "flag.pem" }, "flag.pem", "--ca-file"],
    variables: [["WAYBILL_CA_FILE", "env.pem"]],
    file: ["caFile: /file.pem", "/file.pem"],
  },
  {
    setting: "endpoints.r.example",
    variables: [["WAYBILL_ENDPOINTS", "r.example=https://env.example", "https://env.example"]],
    file: ["endpoints: { r.example: 'https://file.example' }", "https://file.example"],
  },
  { setting: "branches", file: ["branches: [trunk, release/*]", "trunk, release/*"], usual: "main" },
  { setting: "tags.release", file: ['tags: { release: "sha-{sha}" }', "sha-{sha}"], usual: "{sha}" },
  { setting: "build.compression", file: ["build: { compression: zstd }", "zstd"], usual: "gzip" },
  { setting: "build.epoch", file: ["build: { epoch: 1 }", "1"], usual: "315532800" },
];

/** Settings that are needed, and say nothing of those that are looked at. */
const needed = "source: https://r.example/team/app\n";
const elsewhere = { ECR_REGISTRY: "usual.example", DOCKER_IMAGE_NAME: "team/usual" };

/** The lines of `--explain`, by setting. */
async function explained(options: Partial<RepositoryOptions>, env: Readonly<Record<string, string>>, file: string) {
  let said = "";
  const stderr = { write: (text: string) => (said += text) } as unknown as NodeJS.WriteStream;
  const edge: Edge = {
    env: { WAYBILL_CONFIG: `${needed}${file}\n`, ...env },
    cwd: ".",
    stdout: process.stdout,
    stderr,
    signal: new AbortController().signal,
  };
  const all = { repo: ".", explain: true, ...options };
  await settingsOf(all, edge)({ root: "/nowhere" });
  await chosenCommit(all, edge);
  return new Map([...said.matchAll(/^(\S+) {2,}(.*) {2}\((.*)\)$/gm)].map(([, key = "", value = "", from = ""]) => [key, [value, from]]));
}

suite("a flag wins over the environment, that over the file, and that over what is usual; --explain says which", () => {
  for (const { setting, flag, variables = [], file, usual } of rows) {
    test(setting, async () => {
      const others = setting === "destinations.0.repository" ? { ECR_REGISTRY: elsewhere.ECR_REGISTRY } : elsewhere;
      const env = Object.fromEntries(variables.map(([name, value]) => [name, value]));
      const says = async (options: Partial<RepositoryOptions>, set: Readonly<Record<string, string>>, text: string) =>
        (await explained(options, { ...others, ...set }, text)).get(setting);
      const text = file?.[0] ?? "";
      if (flag !== undefined) assert.deepEqual(await says(flag[0], env, text), [flag[1], flag[2]]);
      for (const [at, [name, value, shown = value]] of variables.entries()) {
        const left = Object.fromEntries(
          Object.entries(env).filter(([one]) => !variables.slice(0, at).some(([stronger]) => stronger === one)),
        );
        assert.deepEqual(await says({}, left, text), [shown, name]);
        // As CI systems leave what is not set.
        if (file !== undefined) assert.deepEqual((await says({}, { [name]: "" }, text))?.[0], file[1]);
      }
      if (file !== undefined) assert.deepEqual(await says({}, {}, text), [file[1], "WAYBILL_CONFIG:2"]);
      if (usual !== undefined) assert.deepEqual(await says({}, {}, ""), [usual, "default"]);
    });
  }

  test("commit", async () => {
    const ci = { GITHUB_ACTIONS: "true", GITHUB_SHA: sha("c"), GITHUB_EVENT_NAME: "push" };
    const says = async (options: Partial<RepositoryOptions>, env: Readonly<Record<string, string>>) =>
      (await explained(options, { ...elsewhere, ...env }, "")).get("commit");
    assert.deepEqual(await says({ commit: sha("a") }, { VERSION: sha("b"), ...ci }), [sha("a"), "--commit"]);
    assert.deepEqual(await says({ version: sha("a") }, { VERSION: sha("b"), ...ci }), [sha("a"), "--version"]);
    assert.deepEqual(await says({}, { VERSION: sha("b"), ...ci }), [sha("b"), "VERSION"]);
    assert.deepEqual(await says({}, { WAYBILL_COMMIT: sha("b"), ...ci }), [sha("b"), "WAYBILL_COMMIT"]);
    assert.deepEqual((await says({}, ci))?.[0], sha("c"));
    assert.deepEqual(await says({}, {}), ["HEAD", "default"]);
  });

  test("registry and region: a flag, the file, and only then the environment's", async () => {
    const account = { AWS_ACCOUNT_ID: "123456789012", AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1", DOCKER_IMAGE_NAME: "a/b" };
    const host = (region: string): string => `123456789012.dkr.ecr.${region}.amazonaws.com`;
    const says = async (options: Partial<RepositoryOptions>, env: Readonly<Record<string, string>>, file = "") =>
      (await explained(options, env, file)).get("destinations.0.registry");
    const filed = `destinations: [{ registry: ${host("ap-south-1")} }]`;
    assert.deepEqual(await says({ registry: "r.example" }, { ...account, ECR_REGISTRY: "e.example" }, filed), ["r.example", "--registry"]);
    assert.deepEqual(await says({}, { ...account, ECR_REGISTRY: "e.example" }, filed), [host("ap-south-1"), "WAYBILL_CONFIG:2"]);
    assert.deepEqual((await says({ region: "us-west-2" }, account, filed))?.[0], host("us-west-2"));
    assert.deepEqual(await says({}, { ...account, ECR_REGISTRY: "e.example" }), ["e.example", "ECR_REGISTRY"]);
    assert.deepEqual(await says({ region: "us-west-2" }, account), [host("us-west-2"), "AWS_ACCOUNT_ID, --region"]);
    assert.deepEqual(await says({}, account), [host("eu-west-1"), "AWS_ACCOUNT_ID, AWS_REGION"]);
    assert.deepEqual(await says({}, { ...account, AWS_REGION: "" }), [host("us-east-1"), "AWS_ACCOUNT_ID, AWS_DEFAULT_REGION"]);
  });
});
