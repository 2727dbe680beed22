import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chooseEngine, engineFor, explainEngine } from "../../src/build/index.ts";
import { Failure, type FailureCode } from "../../src/failure/index.ts";
import { type Programs, programs } from "../support/programs.ts";

const plain = { name: "docker/Dockerfile", text: "FROM scratch\nCOPY a /\n" };
const running = { name: "docker/Dockerfile", text: "FROM scratch AS plain\nCOPY a /\nFROM x\nRUN make\n" };
const heredoc = { name: "docker/Dockerfile", text: "FROM x\nRUN <<EOF\nmake\nEOF\n" };

/** Programs as they answer when they are asked who they are and how they do. */
const buildx = (inspect: string): string =>
  `case "$1" in version) echo github.com/docker/buildx v0.20.0 x;; inspect) ${inspect};; *) exit 9;; esac`;
const answering = buildx(`printf 'Name:   mine\\nDriver: docker-container\\n\\nNodes:\\nName: mine0\\nStatus: running\\n'`);
const deaf = buildx(`printf 'Name:   default\\nDriver: docker\\nError:  failed to connect to the docker API at unix:///gone.sock\\n'`);
const buildah = (version = "1.33.7"): string =>
  `case "$*" in *" --version") echo "buildah version ${version} (image-spec 1.1.0)";; *" unshare cat "*) printf '0 1000 1\\n1 100000 65536\\n';; *) exit 9;; esac`;

function choice(bin?: Programs, more: { readonly target?: string; readonly builder?: string } = {}) {
  return { env: { HOME: "/nowhere", ...(bin?.env ?? { PATH: "/nowhere" }) }, tempDir: "/nowhere", ...more };
}

async function refused(act: Promise<unknown>, code: FailureCode, message: RegExp): Promise<string> {
  let hint: string | undefined;
  await assert.rejects(act, (thrown) => {
    assert.ok(thrown instanceof Failure, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    hint = thrown.hint;
    return true;
  });
  assert.ok(hint !== undefined);
  return hint;
}

suite("the engine that builds", { skip: process.platform === "win32" }, () => {
  test("is assemble where nothing has to run, and no program is asked", async () => {
    const { engine, why } = await chooseEngine("auto", plain, choice());
    assert.deepEqual([engine.name, why], ["assemble", "docker/Dockerfile needs no program to run"]);
    assert.equal((await chooseEngine("assemble", plain, choice())).why, "as configured");
  });

  test("is assemble where the target reaches no RUN", async () => {
    assert.equal((await chooseEngine("auto", running, choice(undefined, { target: "plain" }))).engine.name, "assemble");
  });

  test("is not assemble where something has to run", async () => {
    await refused(chooseEngine("assemble", running, choice()), "ENGINE_UNFIT", /^docker\/Dockerfile:4: assemble does not do RUN/);
  });

  test("is buildx where its builder answers, or it is asked for", async () => {
    await using bin = await programs({ buildx: answering, buildah: buildah() });
    const { engine, why } = await chooseEngine("auto", running, choice(bin));
    assert.deepEqual([engine.name, why], ["buildx", "docker/Dockerfile:4 is RUN: a program has to run"]);
    assert.deepEqual((await chooseEngine("buildx", plain, choice(bin))).why, "as configured");
  });

  test("is buildah where buildx is not there, or its builder does not answer", async () => {
    await using alone = await programs({ buildah: buildah() });
    const one = await chooseEngine("auto", running, choice(alone));
    assert.deepEqual(
      [one.engine.name, one.why],
      ["buildah", "docker/Dockerfile:4 is RUN: a program has to run; docker buildx is not installed"],
    );
    await using both = await programs({ buildx: deaf, buildah: buildah() });
    const { engine, why } = await chooseEngine("auto", running, choice(both));
    assert.equal(engine.name, "buildah");
    assert.match(
      why,
      /docker buildx is here, and its builder does not answer: failed to connect to the docker API at unix:\/\/\/gone\.sock/,
    );
  });

  test("is never buildah in the place of a builder that was named", async () => {
    await using bin = await programs({ buildx: deaf, buildah: buildah() });
    assert.equal((await chooseEngine("auto", running, choice(bin, { builder: "mine" }))).engine.name, "buildx");
    await using alone = await programs({ buildah: buildah() });
    await refused(chooseEngine("auto", running, choice(alone, { builder: "mine" })), "ENGINE_MISSING", /buildx is not here/);
  });

  test("is missing where no builder is, with all that is missing and how to get it", async () => {
    const hint = await refused(
      chooseEngine("auto", running, choice()),
      "ENGINE_MISSING",
      /:4 is RUN.*buildx is not installed; buildah is not/,
    );
    assert.match(hint, /setup-buildx-action[\s\S]*apt-get install buildah uidmap/);
    await refused(chooseEngine("buildx", plain, choice()), "ENGINE_MISSING", /buildx was asked for/);
  });

  test("is missing where the only buildah is too old for waybill, or for the Dockerfile", async () => {
    await using old = await programs({ buildah: buildah("1.23.1") });
    await refused(chooseEngine("auto", running, choice(old)), "ENGINE_MISSING", /buildah 1\.23\.1 is older than 1\.28/);
    await using debian = await programs({ buildah: buildah("1.28.2") });
    assert.equal((await chooseEngine("auto", running, choice(debian))).engine.name, "buildah");
    await refused(
      chooseEngine("auto", heredoc, choice(debian)),
      "ENGINE_MISSING",
      /Dockerfile:2 is RUN with a heredoc.* 1\.33 and later do/,
    );
  });

  test("is missing where what is called buildah is something else", async () => {
    await using bin = await programs({ buildah: "echo garbage; printf '\\377\\000'" });
    await refused(chooseEngine("auto", running, choice(bin)), "ENGINE_MISSING", /buildah is not installed/);
  });

  test("is one of those that there are", async () => {
    await refused(chooseEngine("kaniko", plain, choice()), "CONFIG_INVALID", /no engine "kaniko"/);
    assert.equal((await engineFor("buildah", plain)).name, "buildah");
  });

  test("is not chosen for what is no Dockerfile", async () => {
    await refused(chooseEngine("auto", { name: "Dockerfile", text: "COPPY a b" }, choice()), "DOCKERFILE_INVALID", /COPPY/);
    await refused(chooseEngine("auto", plain, choice(undefined, { target: "none" })), "DOCKERFILE_INVALID", /no stage "none"/);
  });
});

suite("the explanation of an engine", { skip: process.platform === "win32" }, () => {
  test("asks no program where assemble builds", async () => {
    const { engine, needs, machine, lines } = await explainEngine("auto", plain, choice());
    assert.deepEqual([engine, needs, machine], ["assemble", [], undefined]);
    assert.match(lines[0] ?? "", /needs no program to run/);
  });

  test("says what the Dockerfile needs, at which line, and what the machine has", async () => {
    await using bin = await programs({ buildx: answering, buildah: buildah("1.28.2") });
    const { engine, missing, lines } = await explainEngine("auto", running, choice(bin));
    assert.equal(engine, "buildx");
    assert.deepEqual(missing, []);
    assert.deepEqual(lines, [
      "docker/Dockerfile:4 is RUN: a program has to run",
      "docker buildx: github.com/docker/buildx v0.20.0 x, builder mine, driver docker-container, gives an OCI layout",
      "buildah: version 1.28.2",
      "buildx builds it",
    ]);
  });

  test("tells Docker's builder that gives only archives from one with the containerd image store", async () => {
    const script = `if [ "$1" = info ]; then echo "$STATUS"; exit; fi; shift; ${buildx(`printf 'Name: default\\nDriver: docker\\nStatus: running\\n'`)}`;
    await using bin = await programs({ docker: script });
    const gives = async (STATUS: string): Promise<unknown> => {
      const { machine } = await explainEngine("auto", running, { env: { ...bin.env, STATUS } });
      return machine?.buildx.state === "ready" ? machine.buildx.gives : machine;
    };
    assert.equal(await gives('[["Backing Filesystem","extfs"]]'), "a docker archive");
    assert.equal(await gives('[["driver-type","io.containerd.snapshotter.v1"]]'), "an OCI layout");
  });

  test("says what is missing and how to get it", async () => {
    await using bin = await programs({ buildx: buildx("echo 'ERROR: no builder \"x\" found' >&2; exit 1") });
    const { engine, missing, lines } = await explainEngine("auto", running, choice(bin));
    assert.equal(engine, undefined);
    assert.deepEqual(lines.slice(1, 4), [
      'docker buildx: is here, and its builder does not answer: ERROR: no builder "x" found',
      "buildah: is not installed",
      "nothing here can build it",
    ]);
    assert.deepEqual(
      missing.map(({ what }) => what),
      ['docker buildx is here, and its builder does not answer: ERROR: no builder "x" found', "buildah is not installed"],
    );
    assert.match(missing[1]?.how ?? "", /apt-get install buildah/);
  });

  test("takes a remote builder that nobody answers for as one that is missing", async () => {
    const gone = buildx(
      `printf 'Name: gone\\nDriver: remote\\n\\nNodes:\\nName: gone0\\nEndpoint: unix:///gone.sock\\nStatus: inactive\\n'`,
    );
    await using bin = await programs({ buildx: gone });
    const { engine, missing } = await explainEngine("auto", running, choice(bin));
    assert.equal(engine, undefined);
    assert.match(missing[0]?.what ?? "", /nobody answers at unix:\/\/\/gone\.sock/);
  });

  test("waits only so long for a builder that hangs", async () => {
    await using bin = await programs({ buildx: buildx("sleep 60") });
    const { missing } = await explainEngine("auto", running, { ...choice(bin), answerMs: 300 });
    assert.match(missing[0]?.what ?? "", /docker buildx inspect took longer than 0\.3 s/);
  });

  test("lists what assemble does not do where that was asked for", async () => {
    const { engine, lines } = await explainEngine("assemble", running, choice());
    assert.deepEqual([engine, lines], [undefined, ["docker/Dockerfile:4 is RUN: a program has to run"]]);
  });
});
