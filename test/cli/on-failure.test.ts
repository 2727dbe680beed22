import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Edge } from "../../src/cli/edge.ts";
import { failureNews } from "../../src/cli/on-failure.ts";
import { Failure } from "../../src/failure/index.ts";
import { anApp } from "../publish/app.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aService, type HttpService, type ServiceAnswer } from "../support/http-service.ts";
import { aCertificate } from "../support/registry-certificate.ts";

const secret = "T000/B000/s3cr3t";
const github = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "team/app",
  GITHUB_RUN_ID: "42",
};

/** A repository whose image cannot be built, and a webhook. */
async function aFailingApp(answer: () => ServiceAnswer | Promise<ServiceAnswer> = () => ({ status: 200 })) {
  await using stack = new AsyncDisposableStack();
  const hook: HttpService = stack.use(await aService(answer));
  const registry = stack.use(await anEmbeddedRegistry());
  const { repository, first } = anApp();
  const broken = repository.commit({ Dockerfile: "FROM scratch\nCOPY nothing<&> /\n" }, "break <it>");
  const whole = stack.move();
  return {
    hook,
    first,
    broken,
    address: `${hook.url}/services/${secret}`,
    run: async (env: Readonly<Record<string, string>>, ...argv: readonly string[]) =>
      await waybill(["publish", "--to", `${registry.served.host}/team/app`, ...argv], { cwd: repository.dir, env }),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

suite("onFailure", { timeout: 60_000 }, () => {
  test("posts what failed, with the commit and the run's link, and a text as Slack takes it", async () => {
    await using app = await aFailingApp();
    const { exitCode, out, said } = await app.run({ ...github, WAYBILL_ON_FAILURE: app.address });
    assert.equal(exitCode, 7);
    const [asked, ...more] = app.hook.asked;
    assert.deepEqual([asked?.method, asked?.path, more.length], ["POST", `/services/${secret}`, 0]);
    assert.match(String(asked?.headers["content-type"]), /^application\/json/);
    const { text, failures, ...notice } = JSON.parse(asked?.body ?? "");
    assert.deepEqual(notice, {
      schemaVersion: 1,
      kind: "failure",
      command: "publish",
      commit: app.broken,
      image: "team/app",
      code: "CONTEXT_INVALID",
      message: notice.message,
      hint: notice.hint,
      exitCode: 7,
      branch: "main",
      run: "https://github.com/team/app/actions/runs/42/attempts/1",
    });
    assert.match(notice.message, /nothing<&>/);
    assert.equal(failures.length, 1);
    assert.match(text, new RegExp(`^waybill: team/app of commit ${app.broken.slice(0, 12)} on main failed: CONTEXT_INVALID, exit 7\n`));
    assert.match(text, /nothing&lt;&amp;&gt;/);
    assert.match(text, /actions\/runs\/42\/attempts\/1$/);
    assert.match(said, new RegExp(`told the webhook at ${new URL(app.hook.url).host}`));
    assert.equal((out + said).includes("s3cr3t"), false);
  });

  test("is posted to with the certificate authorities that waybill.yaml names", async () => {
    await using app = await aFailingApp();
    await using folder = await aFolder();
    const { cert, key } = aCertificate();
    const posted: (string | undefined)[] = [];
    const server = createServer({ cert, key }, ({ method }, response) => {
      posted.push(method);
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const caFile = join(folder.path, "authorities.pem");
    await writeFile(caFile, cert);
    const { port } = server.address() as AddressInfo;
    const webhook = `https://127.0.0.1:${port}/${secret}`;
    const { exitCode, said } = await app.run({ WAYBILL_CONFIG: JSON.stringify({ caFile, onFailure: { webhook } }) });
    server.close();
    server.closeAllConnections();
    assert.equal(exitCode, 7, said);
    assert.deepEqual(posted, ["POST"], said);
  });

  test("is silent where nothing failed, and in a dry run", async () => {
    await using app = await aFailingApp();
    const env = { WAYBILL_ON_FAILURE: app.address };
    assert.equal((await app.run(env, "--commit", app.first)).exitCode, 0);
    assert.equal((await app.run({ ...env, WAYBILL_CONFIG: "imag: x\n" }, "--dry-run")).exitCode, 2);
    assert.equal(app.hook.asked.length, 0);
  });

  test("tells of what comes before there is a report, such as a configuration that is not right", async () => {
    await using app = await aFailingApp();
    const { exitCode } = await app.run({ WAYBILL_ON_FAILURE: app.address, WAYBILL_CONFIG: "imag: x\n" });
    assert.equal(exitCode, 2);
    assert.equal(JSON.parse(app.hook.asked[0]?.body ?? "").code, "CONFIG_UNKNOWN_KEY");
  });

  test("takes its address from the variable that the configuration names, and says where that is not set", async () => {
    await using app = await aFailingApp();
    const config = { WAYBILL_CONFIG: "onFailure: { webhook: { env: TEAM_HOOK } }\n" };
    await app.run({ ...config, TEAM_HOOK: app.address });
    assert.equal(app.hook.asked.length, 1);
    const { exitCode, said } = await app.run(config);
    assert.equal(exitCode, 7);
    assert.match(said, /warning: nobody was told of the failure: TEAM_HOOK is not set/);
    const { said: explained } = await app.run({ ...config, TEAM_HOOK: app.address }, "--explain", "--dry-run");
    assert.match(explained, /onFailure\.webhook +\(not shown\) +\(WAYBILL_CONFIG:1\)/);
    assert.equal(explained.includes("s3cr3t"), false);
  });

  test("changes nothing of the failure where the webhook refuses, redirects, breaks off or is not there", async () => {
    await using elsewhere = await aService(() => ({ status: 200 }));
    const answers: readonly (readonly [() => ServiceAnswer, RegExp])[] = [
      [() => ({ status: 500 }), /answered with status 500/],
      [() => ({ status: 302, headers: { location: elsewhere.url } }), /answered with status 302/],
    ];
    for (const [answer, said] of answers) {
      await using app = await aFailingApp(answer);
      const run = await app.run({ WAYBILL_ON_FAILURE: app.address });
      assert.equal(run.exitCode, 7);
      assert.match(run.said, said);
      assert.match(run.said, /code: CONTEXT_INVALID/);
      assert.equal((run.out + run.said).includes("s3cr3t"), false);
    }
    assert.equal(elsewhere.asked.length, 0);
    await using app = await aFailingApp();
    const gone = await app.run({ WAYBILL_ON_FAILURE: `http://127.0.0.1:9/${secret}`, GITHUB_ACTIONS: "true" });
    assert.equal(gone.exitCode, 7);
    assert.match(
      gone.said,
      /^::warning title=onFailure::the webhook at 127\.0\.0\.1:9 could not be told of the failure: it cannot be reached$/m,
    );
    assert.equal((gone.out + gone.said).includes("s3cr3t"), false);
  });

  test("waits for a webhook that hangs for a limited time only", async () => {
    const over = new AbortController();
    await using hook = await aService(() => {
      over.abort(new DOMException("over", "TimeoutError"));
      return new Promise<ServiceAnswer>(() => {});
    });
    let said = "";
    const stderr = { write: (text: string) => (said += text) };
    const edge = { env: { WAYBILL_ON_FAILURE: `${hook.url}/${secret}` }, stderr, signal: new AbortController().signal } as unknown as Edge;
    await failureNews({}, edge, () => over.signal).ofFailure(new Failure("DENIED", "no"), undefined);
    assert.equal(hook.asked.length, 1);
    assert.match(said, /^warning: the webhook at 127\.0\.0\.1:\d+ could not be told of the failure: it did not answer in time\n$/);
  });

  test("posts to https and to this machine only, and never quotes an address that is not right", async () => {
    await using app = await aFailingApp();
    for (const address of [`http://hooks.example/${secret}`, `https://user:pass@hooks.example/${secret}`, `ftp://h/${secret}`, secret]) {
      const { exitCode, out, said } = await app.run({ WAYBILL_ON_FAILURE: address });
      assert.equal(exitCode, 2);
      assert.match(said, /WAYBILL_ON_FAILURE: expected a webhook's address/);
      assert.equal((out + said).includes("s3cr3t"), false);
      const filed = await app.run({ WAYBILL_CONFIG: `onFailure: { webhook: "${address}" }\n` });
      assert.match(filed.said, /WAYBILL_CONFIG:1[\s\S]*expected a webhook's address/);
      assert.equal(filed.said.includes("s3cr3t"), false);
    }
  });
});
