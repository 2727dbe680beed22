import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { anApp } from "../publish/app.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aService, type ServiceAnswer, type ServiceRequest } from "../support/http-service.ts";

const token = "ghs_anyTokenAtAll";

interface Deployment {
  readonly id: number;
  readonly payload: unknown;
  readonly sha: string;
  readonly environment: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly statuses: Readonly<Record<string, unknown>>[];
}

/** GitHub's API as far as deployments and storage records go (GitHub Docs, REST API), and a repository to publish. */
async function aGithub(refuse: (asked: ServiceRequest) => ServiceAnswer | undefined = () => undefined) {
  await using stack = new AsyncDisposableStack();
  const deployments: Deployment[] = [];
  const records: Readonly<Record<string, unknown>>[] = [];
  const api = stack.use(
    await aService((asked) => {
      if (asked.headers["authorization"] !== `Bearer ${token}`) return { status: 401, json: { message: "Bad credentials" } };
      const refused = refuse(asked);
      if (refused !== undefined) return refused;
      const url = new URL(asked.path, "http://any");
      const body = asked.body === "" ? {} : JSON.parse(asked.body);
      if (url.pathname === "/api/repos/team/app/deployments") {
        if (asked.method === "GET")
          return {
            status: 200,
            json: deployments.filter(
              (one) => one.sha === url.searchParams.get("sha") && one.environment === url.searchParams.get("environment"),
            ),
          };
        const made = { id: deployments.length + 1, payload: JSON.stringify(body.payload), sha: body.ref, environment: body.environment };
        deployments.push({ ...made, body, statuses: [] });
        return { status: 201, json: made };
      }
      const [, id] = /^\/api\/repos\/team\/app\/deployments\/(\d+)\/statuses$/.exec(url.pathname) ?? [];
      if (id !== undefined) {
        deployments[Number(id) - 1]?.statuses.push(body);
        return { status: 201, json: { id: 1 } };
      }
      if (url.pathname === "/api/orgs/team/artifacts/metadata/storage-record") {
        records.push(body);
        return { status: 200, json: { total_count: 1, storage_records: [{ id: records.length }] } };
      }
      const [, digest] = /^\/api\/orgs\/team\/artifacts\/(sha256:[0-9a-f]{64})\/metadata\/storage-records$/.exec(url.pathname) ?? [];
      const found = records.filter((one) => one["digest"] === digest);
      return found.length === 0 ? undefined : { status: 200, json: { total_count: found.length, storage_records: found } };
    }),
  );
  const registry = stack.use(await anEmbeddedRegistry());
  const { repository, first } = anApp();
  const whole = stack.move();
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: `${api.url}/api`,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "team/app",
    GITHUB_RUN_ID: "42",
    WAYBILL_GITHUB_TOKEN: token,
  };
  return {
    api,
    deployments,
    records,
    repository,
    first,
    host: registry.served.host,
    run: async (argv: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const to = ["--to", `${registry.served.host}/team/app`, "--to", `${registry.served.host}/copy/app`];
      const done = await waybill(["publish", ...to, "--output", "json", ...argv], { cwd: repository.dir, env: { ...env, ...more } });
      assert.equal((done.out + done.said).includes(token), false);
      return { ...done, report: done.out === "" ? undefined : JSON.parse(done.out) };
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

suite("publish --record github", () => {
  test("writes a deployment with its state and the run's link, and where the image is stored", async () => {
    await using github = await aGithub();
    const { exitCode, said, report } = await github.run(["--record", "github"]);
    assert.equal(exitCode, 0, said);
    const { digest, digestUri } = report.images[0];
    const [deployment, ...more] = github.deployments;
    assert.equal(more.length, 0);
    assert.deepEqual(deployment?.body, {
      ref: github.first,
      task: "publish",
      environment: "registry",
      description: `team/app at ${digest}`,
      payload: { image: "team/app", digest, uri: digestUri },
      auto_merge: false,
      required_contexts: [],
      transient_environment: false,
      production_environment: false,
    });
    assert.deepEqual(deployment?.statuses, [
      {
        state: "success",
        description: `team/app at ${digest}`,
        log_url: "https://github.com/team/app/actions/runs/42/attempts/1",
        auto_inactive: true,
      },
    ]);
    assert.deepEqual(
      github.records,
      ["team/app", "copy/app"].map((repository) => ({
        name: "team/app",
        digest,
        version: github.first,
        registry_url: `https://${github.host}`,
        artifact_url: `https://${github.host}/v2/${repository}/manifests/${digest}`,
        repository,
        status: "active",
        github_repository: "app",
      })),
    );
    assert.deepEqual(report.github, {
      deployments: [{ image: "team/app", id: 1, state: "success" }],
      stored: [`${github.host}/team/app`, `${github.host}/copy/app`],
      notes: [],
    });
    assert.match(said, /recorded at GitHub: 1 deployment, 2 storage records/);
  });

  test("writes nothing twice: a run that changes nothing adds nothing", async () => {
    await using github = await aGithub();
    await github.run(["--record", "github"]);
    const { report } = await github.run(["--record", "github"]);
    assert.deepEqual([github.deployments.length, github.deployments[0]?.statuses.length, github.records.length], [1, 1, 2]);
    assert.deepEqual(report.github, { deployments: [], stored: [], notes: [] });
  });

  test("of a commit that failed says so, and a later run that succeeds adds its state to the same deployment", async () => {
    await using github = await aGithub();
    const down = { WAYBILL_ENDPOINTS: `${github.host}=http://127.0.0.1:9` };
    const { exitCode, report } = await github.run(["--record", "github"], down);
    assert.equal(exitCode, 6);
    assert.equal(report.github.deployments[0].state, "failure");
    assert.equal(github.records.length, 0);
    assert.equal((await github.run(["--record", "github"])).exitCode, 0);
    assert.equal(github.deployments.length, 1);
    assert.deepEqual(
      github.deployments[0]?.statuses.map(({ state }) => state),
      ["failure", "success"],
    );
    assert.ok(String(github.deployments[0]?.statuses[0]?.["description"]).length <= 140);
  });

  test("notes what the token may not do, and changes nothing of the publication", async () => {
    for (const status of [403, 404]) {
      await using github = await aGithub(() => ({ status, json: { message: "Resource not accessible by integration" } }));
      const { exitCode, said, report } = await github.run(["--record", "github"]);
      assert.equal(exitCode, 0, said);
      assert.equal(report.images[0].status, "published");
      assert.deepEqual([report.github.deployments, report.github.stored, report.github.notes.length], [[], [], 2]);
      assert.match(report.github.notes[0], /deployments \(status 40[34], Resource not accessible by integration\): .*`deployments: write`/);
      assert.match(report.github.notes[1], /storage records .*`artifact-metadata: write`/);
      assert.match(said, /GitHub took no deployments/);
      assert.equal(report.warnings.length, 0);
    }
  });

  test("goes on with storage records where deployments are refused, and notes a server that is not there", async () => {
    await using github = await aGithub(({ path }) => (path.includes("/deployments") ? { status: 403, json: {} } : undefined));
    const { report } = await github.run(["--record", "github"]);
    assert.deepEqual([github.records.length, report.github.notes.length], [2, 1]);
    const gone = await github.run(["--record", "github"], { GITHUB_API_URL: "http://127.0.0.1:9" });
    assert.equal(gone.exitCode, 0);
    assert.equal(gone.report.github.notes.length, 2);
  });

  test("does nothing in a dry run, and says where there is no token or no run of GitHub's", async () => {
    await using github = await aGithub();
    await github.run(["--record", "github", "--dry-run"]);
    assert.equal(github.deployments.length + github.records.length, 0);
    const { exitCode, report } = await github.run(["--record", "github"], { WAYBILL_GITHUB_TOKEN: "" });
    assert.equal(exitCode, 0);
    assert.match(report.github.notes[0], /no run of GitHub Actions that has a token/);
  });

  test("is switched by the configuration, which names the environment, and by WAYBILL_RECORD", async () => {
    await using github = await aGithub();
    const config = { WAYBILL_CONFIG: "record: { github: { environment: images } }\n" };
    const off = await github.run([], { ...config, WAYBILL_RECORD: "off" });
    assert.equal(off.report.github, undefined);
    const { said } = await github.run(["--explain"], config);
    assert.equal(github.deployments[0]?.environment, "images");
    assert.match(said, /record\.github +images +\(WAYBILL_CONFIG:1\)/);
    assert.equal((await github.run([], { WAYBILL_RECORD: "elsewhere" })).exitCode, 2);
  });
});
