import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createRegistryClient } from "../../src/store/index.ts";
import { aBaseImage } from "../support/base-image.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aCertificate } from "../support/registry-certificate.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { aBuildxUser, type BuildxUser, shell } from "./support/buildx.ts";
import { aFreePort } from "./support/daemon.ts";
import { peerProgram } from "./support/programs.ts";
import { must, which } from "./support/run.ts";

const dockerfile = `${shell}RUN busybox mkdir /made && echo hello > /made/greeting && busybox touch /made/*\n`;

suite("the buildx engine, with builders anywhere", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let user: BuildxUser;
  let here: string;
  let there: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    user = stack.use(await aBuildxUser());
    here = stack.use(await aBuildkitd()).address;
    there = stack.use(await aBuildkitd()).address;
  });
  after(async () => await stack[Symbol.asyncDispose]());

  test("an address is enough, and the user's builders stay as they are", async () => {
    const { files } = await user.build(dockerfile, { builder: here });
    assert.equal(files.get("made/greeting")?.content, "hello\n");
    assert.equal(existsSync(join(user.config, "buildx")), false);
  });

  test("two daemons that know nothing of one another give the same digest", async () => {
    const one = await user.build(dockerfile, { builder: here });
    const other = await user.build(dockerfile, { builder: there });
    assert.deepEqual(one.built.content, other.built.content);
    assert.deepEqual([other.built.stats?.steps, other.built.stats?.cached], [2, 0]);
  });

  test("an address over TCP, with certificates", async () => {
    await using folder = await aFolder();
    const { cert, key } = aCertificate();
    const paths = { cert: join(folder.path, "cert.pem"), key: join(folder.path, "key.pem"), ca: join(folder.path, "cert.pem") };
    await writeFile(paths.cert, cert);
    await writeFile(paths.key, key);
    const address = `tcp://127.0.0.1:${await aFreePort()}`;
    await using _daemon = await aBuildkitd({ tcp: { address, ...paths } });
    const query = `cacert=${paths.ca}&cert=${paths.cert}&key=${paths.key}`;
    const { files } = await user.build(dockerfile, { builder: `${address}?${query}` });
    assert.equal(files.get("made/greeting")?.content, "hello\n");
  });

  test("an address over SSH: a stand-in for ssh shows what is run on the other machine, and runs it here", async () => {
    await using folder = await aFolder();
    const said = join(folder.path, "said");
    const ssh = `#!/bin/sh\necho "$@" >> ${said}\nexec ${peerProgram("buildctl")} --addr ${here} dial-stdio\n`;
    await writeFile(join(folder.path, "ssh"), ssh, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${process.env["PATH"]}` };
    const { files } = await user.build(dockerfile, { builder: "ssh://builder@far.example:2222", env });
    assert.equal(files.get("made/greeting")?.content, "hello\n");
    const lines = (await readFile(said, "utf8")).trim().split("\n");
    assert.ok(lines.length > 0);
    for (const line of lines) assert.match(line, /^(?=.*-l builder)(?=.*-p 2222).*far\.example buildctl dial-stdio$/);
  });

  test("an address over SSH where nobody lets in is told as that", async () => {
    await using folder = await aFolder();
    await writeFile(join(folder.path, "ssh"), "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n", { mode: 0o755 });
    const env = { PATH: `${folder.path}:${process.env["PATH"]}` };
    await assert.rejects(user.build(dockerfile, { builder: "ssh://builder@far.example", env }), {
      code: "BUILD_FAILED",
      hint: /The builder cannot be reached.* It is reached by: ssh -l builder far\.example buildctl dial-stdio$/,
    });
  });

  test("a daemon in a container: a stand-in for docker shows what is run there, and runs it here", async () => {
    await using folder = await aFolder();
    const said = join(folder.path, "said");
    const real = await which("docker");
    const docker = `#!/bin/sh\ncase "$*" in *dial-stdio*) echo "$@" >> ${said}; exec ${peerProgram("buildctl")} --addr ${here} dial-stdio ;; esac\nexec ${real} "$@"\n`;
    await writeFile(join(folder.path, "docker"), docker, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${process.env["PATH"]}` };
    const { files } = await user.build(dockerfile, { builder: "docker-container://daemon", env });
    assert.equal(files.get("made/greeting")?.content, "hello\n");
    assert.match(await readFile(said, "utf8"), /exec .*daemon buildctl dial-stdio/);
  });

  test("an address where nobody listens is told as that", async () => {
    const builder = `tcp://127.0.0.1:${await aFreePort()}`;
    await assert.rejects(user.build(dockerfile, { builder }), { code: "BUILD_FAILED", hint: /The builder cannot be reached/ });
  });

  test("a name that does not exist is told with those that do", async () => {
    await user.buildx("create", "--name", "far", "--driver", "remote", here);
    await assert.rejects(user.build(dockerfile, { builder: "fat" }), {
      code: "ENGINE_MISSING",
      message: "there is no buildx builder fat here",
      hint: /^Did you mean far\? Builders here: far, default\./,
    });
    await user.buildx("rm", "far");
  });

  test("two nodes behind one builder share the platforms; one that is gone does not stop the other's", async () => {
    await using arm = await aBuildkitd();
    await user.buildx("create", "--name", "both", "--driver", "remote", "--node", "amd", "--platform", "linux/amd64", here);
    await user.buildx(
      "create",
      "--name",
      "both",
      "--append",
      "--driver",
      "remote",
      "--node",
      "arm",
      "--platform",
      "linux/arm64",
      arm.address,
    );
    const copied = "FROM scratch\nCOPY Dockerfile /it\n";
    const foreign = await user.build(copied, { builder: "both", platform: "linux/arm64" });
    assert.equal(foreign.config.architecture, "arm64");
    assert.match(await builtAt(arm.address), /COPY Dockerfile/);
    const own = await user.build(dockerfile, { builder: "both" });
    assert.equal(own.config.architecture, "amd64");
    assert.match(await builtAt(here), /busybox mkdir/);
    assert.doesNotMatch(await builtAt(arm.address), /busybox mkdir/);

    await arm[Symbol.asyncDispose]();
    assert.deepEqual((await user.build(dockerfile, { builder: "both" })).built.content, own.built.content);
    await assert.rejects(user.build(copied, { builder: "both", platform: "linux/arm64" }), { code: "BUILD_FAILED" });
    await user.buildx("rm", "both");
  });

  test("a build goes to either of two daemons behind one address; when one is gone, to the other", async () => {
    await using gone = await aBuildkitd();
    await using balancer = await aBalancer([here, gone.address]);
    const build = async (text: string) => await user.build(`${shell}RUN echo ${text} > /it\n`, { builder: balancer.address });
    await build("one");
    assert.match(await builtAt(here), /echo one/);
    balancer.turn();
    await build("two");
    assert.match(await builtAt(gone.address), /echo two/);
    await gone[Symbol.asyncDispose]();
    assert.equal((await build("three")).files.get("it")?.content, "three\n");
    assert.match(await builtAt(here), /echo three/);
  });

  test("an image that was resolved is built upon by its digest, though its tag has moved", async () => {
    await using registry = await anEmbeddedRegistry();
    await using client = createRegistryClient({ signIn: { credentials: async () => undefined }, emit: () => {}, endpoints: {} });
    const { host } = registry.served;
    const store = client.repository({ host, repository: "base" });
    const base = async (content: string) => await aBaseImage(store, { tag: "1", layers: [[{ name: "which", content }]] });
    const { digest } = await base("the first");
    await base("the second");
    const copied = `FROM ${host}/base:1\nCOPY Dockerfile /it\n`;
    const pinned = await user.build(copied, { builder: here, pins: { [`${host}/base:1`]: `${host}/base@${digest}` } });
    assert.equal(pinned.files.get("which")?.content, "the first");
    assert.equal((await user.build(copied, { builder: here })).files.get("which")?.content, "the second");
  });

  test("a context whose Dockerfile is in it goes as an archive, another as a folder, and both give the same image", async () => {
    const files = {
      ".hidden/a b.txt": "x",
      "sub/run": { content: "#!/bin/sh\n", mode: 0o755 },
      "sub/link": { link: "run" },
      empty: { directory: true },
      "ünï/x": "y",
      [`${"long/".repeat(40)}name`]: "z",
    } as const;
    const copied = "FROM scratch\nCOPY . /all/\n";
    const archive = await user.build(copied, { builder: here, files });
    const folder = await user.build(copied, { builder: here, files: { ...files, Dockerfile: `${copied}\n` } });
    const without = (image: typeof archive) => [...image.files].filter(([path]) => path !== "all/Dockerfile");
    assert.deepEqual(without(archive), without(folder));
    assert.equal(archive.files.get("all/ünï/x")?.content, "y");
    assert.equal(archive.files.get("all/sub/run")?.mode, 0o755);
    assert.deepEqual(
      new Set([...archive.files.values()].map(({ mtime, uid, gid }) => `${mtime} ${uid} ${gid}`)),
      new Set(["315532800 0 0"]),
    );
  });
});

/** A balancer for TCP: connections go to the daemon whose turn it is, or to the next one that takes them. */
async function aBalancer(addresses: readonly string[]): Promise<{ readonly address: string; turn(): void } & AsyncDisposable> {
  const paths = addresses.map((address) => address.replace(/^unix:\/\//, ""));
  const open = new Set<Socket>();
  let first = 0;
  const hand = (client: Socket, from: number, left: number): void => {
    if (left === 0) return void client.destroy();
    const daemon = connect(paths[from % paths.length] ?? "");
    daemon.once("error", () => hand(client, from + 1, left - 1));
    daemon.once("connect", () => {
      for (const [one, other] of [
        [client, daemon],
        [daemon, client],
      ] as const) {
        open.add(one);
        one
          .on("error", () => {})
          .once("close", () => {
            open.delete(one);
            other.destroy();
          });
        one.pipe(other);
      }
    });
  };
  const server = createServer((client) =>
    hand(
      client.on("error", () => {}),
      first,
      paths.length,
    ),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn() {
      first += 1;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What a daemon has in its cache. */
async function builtAt(address: string): Promise<string> {
  return await must(peerProgram("buildctl"), ["--addr", address, "du", "--verbose"]);
}
