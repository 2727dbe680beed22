// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { assemble } from "../../support/built.ts";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const bare = { Env: [path], WorkingDir: "/" };

async function configOf(body: string): Promise<unknown> {
  return (await assemble(`FROM scratch\n${body}\n`)).config.config;
}

suite("an image's config", () => {
  const second = 1_000_000_000;
  const cases: readonly (readonly [instruction: string, body: string, config: Readonly<Record<string, unknown>>])[] = [
    ["nothing", "", {}],
    ["ENV", "ENV A=1 B=\"2 3\" C='$A'\nENV D $A and $B\nENV A=4 E=${A}\n", { Env: [path, "A=4", "B=2 3", "C=$A", "D=1 and 2 3", "E=1"] }],
    ["ENV of PATH, in its place", "ENV PATH=/x:$PATH A=$PATH", { Env: [`PATH=/x:${path.slice(5)}`, `A=${path.slice(5)}`] }],
    [
      "LABEL",
      'LABEL b=2 "a.b"="x y"\nLABEL b=3 constructor=c\nLABEL old style',
      {
        Labels: Object.fromEntries([
          ["b", "3"],
          ["a.b", "x y"],
          ["constructor", "c"],
          ["old", "style"],
        ]),
      },
    ],
    ["WORKDIR", "WORKDIR /a\nWORKDIR b/../c/\nENV X=d\nWORKDIR $X", { WorkingDir: "/a/c/d", Env: [path, "X=d"] }],
    ["USER", "ARG U=app\nUSER ${U}:1000", { User: "app:1000" }],
    [
      "EXPOSE",
      "ENV P=90\nEXPOSE 80 443/TCP 53/udp $P 8000-8002/udp",
      {
        ExposedPorts: Object.fromEntries(
          ["80/tcp", "443/tcp", "53/udp", "90/tcp", "8000/udp", "8001/udp", "8002/udp"].map((port) => [port, {}]),
        ),
        Env: [path, "P=90"],
      },
    ],
    ["VOLUME", 'VOLUME /a /b\nVOLUME ["/c d"]', { Volumes: { "/a": {}, "/b": {}, "/c d": {} } }],
    ["CMD and ENTRYPOINT as JSON", 'ENTRYPOINT ["/a", "$PATH"]\nCMD []', { Entrypoint: ["/a", "$PATH"] }],
    [
      "CMD and ENTRYPOINT of the shell",
      'CMD echo "a b" $PATH\nENTRYPOINT exec x',
      { Cmd: ["/bin/sh", "-c", 'echo "a b" $PATH'], Entrypoint: ["/bin/sh", "-c", "exec x"] },
    ],
    ["SHELL", 'SHELL ["/bin/bash", "-c"]\nCMD x', { Shell: ["/bin/bash", "-c"], Cmd: ["/bin/bash", "-c", "x"] }],
    ["STOPSIGNAL", "STOPSIGNAL SIGRTMIN+3", { StopSignal: "SIGRTMIN+3" }],
    [
      "HEALTHCHECK",
      "HEALTHCHECK --interval=1m30.5s --timeout=500ms --retries=3 --start-period=0 CMD curl -f x || exit 1",
      {
        Healthcheck: {
          Test: ["CMD-SHELL", "curl -f x || exit 1"],
          Interval: 90.5 * second,
          Timeout: second / 2,
          Retries: 3,
        },
      },
    ],
    ["HEALTHCHECK as JSON", 'HEALTHCHECK CMD ["/x", "y"]', { Healthcheck: { Test: ["CMD", "/x", "y"] } }],
    ["HEALTHCHECK NONE", "HEALTHCHECK CMD x\nHEALTHCHECK none", { Healthcheck: { Test: ["NONE"] } }],
    ["ONBUILD", "ONBUILD COPY $A /b\nONBUILD RUN make", { OnBuild: ["COPY $A /b", "RUN make"] }],
    ["ARG", "ARG A=1\nARG B=$A\nENV C=$B", { Env: [path, "C=1"] }],
  ];
  for (const [instruction, body, config] of cases) {
    test(`says what ${instruction} says`, async () => {
      assert.deepEqual(await configOf(body), { ...bare, ...config });
    });
  }

  test("names its author, as MAINTAINER does", async () => {
    assert.equal((await assemble("FROM scratch\nMAINTAINER Some One <a@b.c>\n")).config["author"], "Some One <a@b.c>");
  });

  test("has the environment before an argument of the same name, and what was given before a default", async () => {
    const { config } = await assemble("FROM scratch\nARG A=1 B=2 C\nENV A=env\nENV R=$A-$B-${C-unset}-${UNDECLARED-unset}\n", {
      args: { A: "a", B: "b", UNDECLARED: "x" },
    });
    assert.equal(config.config?.Env?.at(-1), "R=env-b-unset-unset");
  });

  test("takes names that JavaScript knows for names like any other", async () => {
    const { config } = await assemble(
      "FROM scratch\nARG constructor toString=1\nENV A=${constructor-unset}${toString}${valueOf-unset} __proto__=p\nENV B=$__proto__\n",
    );
    assert.deepEqual(config.config?.Env?.slice(1), ["A=unset1unset", "__proto__=p", "B=p"]);
  });

  test("remembers each instruction, and which of them made a layer", async () => {
    const { config, manifest } = await assemble('FROM scratch\nenv  A=1\nCOPY a /\nWORKDIR /\nWORKDIR /w\nCMD ["x", \\\n "y"]\n', {
      files: { a: "a" },
    });
    assert.deepEqual(
      config.history?.map(({ created_by, empty_layer, created, comment }) => [created_by, empty_layer ?? false, created, comment]),
      [
        ["env  A=1", true],
        ["COPY a /", false],
        ["WORKDIR /", true],
        ["WORKDIR /w", false],
        ['CMD ["x",  "y"]', true],
      ].map(([text, empty]) => [text, empty, "1980-01-01T00:00:00Z", "waybill.assemble.v1"]),
    );
    assert.equal(manifest.layers.length, 2);
    assert.equal(config.rootfs.diff_ids.length, 2);
  });
});

suite("an instruction that says nothing that can be", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["ENV A", /gives A no value/],
    ["ENV A=1 B", /"B" is not NAME=VALUE/],
    ["ENV =x", /not NAME=VALUE/],
    ["LABEL a", /gives a no value/],
    ['ENV A="x', /double quote is not closed/],
    ['ENV A="${B:?no B}"', /B: no B/],
    ["ARG 1A=x", /not an argument's name/],
    ["EXPOSE http", /"http" is not a port/],
    ["EXPOSE 90-80", /not a port/],
    ["EXPOSE 70000", /not a port/],
    ["SHELL bash", /takes a JSON array/],
    ["STOPSIGNAL 'a b'", /not a signal/],
    ["HEALTHCHECK RUN x", /NONE or CMD/],
    ["HEALTHCHECK --interval=5 CMD x", /--interval takes a duration/],
    ["HEALTHCHECK --retries=x CMD x", /--retries takes a number/],
    ['VOLUME [""]', /names no path/],
  ];
  for (const [instruction, message] of cases) {
    test(`is told with its line: ${instruction}`, async () => {
      await assert.rejects(
        configOf(instruction),
        (thrown) =>
          thrown instanceof Failure &&
          thrown.code === "DOCKERFILE_INVALID" &&
          thrown.facts["line"] === 2 &&
          message.test(thrown.message) &&
          thrown.hint !== undefined,
      );
    });
  }

  test("does not grow without end", { timeout: 5_000 }, async () => {
    await assert.rejects(configOf(`ENV A=0123456789\n${"ENV A=$A$A\n".repeat(60)}`), Failure);
    await assert.rejects(configOf(`EXPOSE ${"0-65535 ".repeat(3)}x`), Failure);
  });
});
