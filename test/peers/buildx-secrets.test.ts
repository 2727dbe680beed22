import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import type { Event } from "../../src/report/index.ts";
import { aFolder } from "../support/folder.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { aBuildxUser, type BuildxUser, shell } from "./support/buildx.ts";
import { commandLines } from "./support/command-lines.ts";

const prints = `${shell}RUN --mount=type=secret,id=token --mount=type=secret,id=pem \\
  busybox test "$(busybox wc -c < /run/secrets/token)" = 19 && busybox sleep 0.5 && echo "is $(busybox cat /run/secrets/token)" && busybox cat /run/secrets/pem`;
const value = "very-secret-value-1";
const pem = "-----BEGIN A KEY-----\nline-one-of-it\nline-two-of-it\n-----END A KEY-----\n";

suite("the buildx engine's secrets", { concurrency: false, timeout: 120_000 }, () => {
  let stack: AsyncDisposableStack;
  let user: BuildxUser;
  let builder: string;
  let file: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    user = stack.use(await aBuildxUser());
    builder = stack.use(await aBuildkitd()).address;
    const { path } = stack.use(await aFolder());
    file = join(path, "key, with a comma.pem");
    await writeFile(file, pem);
  });
  after(async () => await stack[Symbol.asyncDispose]());
  const given = () => ({ builder, env: { A_TOKEN: value }, secrets: { token: { env: "A_TOKEN" }, pem: { file } } });

  test("RUN has them, and no argument, event or layer does", async () => {
    const events: Event[] = [];
    const seen: string[] = [];
    const watching = setInterval(() => seen.push(...commandLines()), 50);
    const { layers } = await user.build(prints, given(), events).finally(() => clearInterval(watching));
    assert.ok(seen.some((line) => line.includes("--secret=id=token,env=A_TOKEN")));
    const text = JSON.stringify(events);
    assert.match(text, /is \*\*\*/);
    for (const secret of [value, "line-one-of-it", "line-two-of-it"]) {
      assert.ok(!text.includes(secret), text);
      assert.ok(!seen.some((line) => line.includes(secret)));
      assert.ok(!JSON.stringify(layers.map((layer) => [...layer])).includes(secret));
    }
  });

  test("a step that prints one and fails tells it to nobody", async () => {
    const events: Event[] = [];
    await assert.rejects(user.build(`${prints} && busybox cat /run/secrets/token >&2 && exit 3`, given(), events), (thrown) => {
      assert.ok(thrown instanceof Failure && thrown.code === "BUILD_FAILED");
      assert.match(thrown.message, /exit code: 3[\s\S]*\*\*\*/);
      for (const secret of [value, "line-one-of-it"]) assert.ok(!`${thrown.message}${JSON.stringify(events)}`.includes(secret));
      return true;
    });
  });

  test("an SSH agent is passed on", async () => {
    await using folder = await aFolder();
    const socket = join(folder.path, "agent");
    const agent = createServer().listen(socket);
    await once(agent, "listening");
    try {
      const dockerfile = `${shell}RUN --mount=type=ssh busybox test -S "$SSH_AUTH_SOCK"\nRUN --mount=type=ssh,id=other busybox test -S "$SSH_AUTH_SOCK"\n`;
      const { built } = await user.build(dockerfile, { builder, env: { SSH_AUTH_SOCK: socket }, ssh: ["default", `other=${socket}`] });
      assert.equal(built.stats?.steps, 3);
    } finally {
      agent.close();
    }
  });
});
