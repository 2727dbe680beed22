import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Environment, loadSettings, type SettingsFlags } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";

async function settingsOf(checks: string, env: Environment = {}, flags: SettingsFlags = {}) {
  const text = `image: team/app\n${checks}\ndestinations:\n  - registry: one.example\n`;
  return await loadSettings({ readFile: async () => Buffer.from(text), env, flags });
}
const smokeOf = async (...given: Parameters<typeof settingsOf>) => (await settingsOf(...given)).images[0]?.smoke;
const usual = { http: undefined, status: undefined, port: undefined, timeoutMs: undefined, env: {}, network: false, runtime: undefined };

suite("checks.smoke", () => {
  test("is off unless something says otherwise", async () => {
    assert.equal(await smokeOf(""), undefined);
    assert.equal(await smokeOf("checks: {}"), undefined);
    assert.equal(await smokeOf("checks: { smoke: false }"), undefined);
    assert.deepEqual(await smokeOf("checks: { smoke: true }"), usual);
    assert.deepEqual(await smokeOf("checks: { smoke: {} }"), usual);
  });

  test("says how the image is started, and what it has to show", async () => {
    const text = `checks:
  smoke:
    http: /health?deep=1
    status: "200,301-302"
    port: 8080
    timeout: 2m
    network: true
    runtime: podman
    env:
      MODE: test it
      EMPTY: ""
      TOKEN:`;
    const settings = await settingsOf(text);
    assert.deepEqual(settings.images[0]?.smoke, {
      http: "/health?deep=1",
      status: "200,301-302",
      port: 8080,
      timeoutMs: 120_000,
      network: true,
      runtime: "podman",
      env: { MODE: "test it", EMPTY: "", TOKEN: null },
    });
    assert.deepEqual(settings.origins["checks.smoke.env.TOKEN"], {
      value: "the variable TOKEN",
      origin: { kind: "file", name: "waybill.yaml:13" },
    });
    assert.equal(settings.origins["checks.smoke.port"]?.origin.name, "waybill.yaml:6");
  });

  test("the environment says whether, and flags win over it; the file still says how", async () => {
    const file = "checks: { smoke: { http: /health } }";
    assert.equal(await smokeOf(file, { WAYBILL_SMOKE: "off" }), undefined);
    assert.equal((await smokeOf(file, { WAYBILL_SMOKE: "off" }, { smoke: true }))?.http, "/health");
    assert.equal(await smokeOf(file, { WAYBILL_SMOKE: "on" }, { smoke: false }), undefined);
    assert.deepEqual(await smokeOf("", { WAYBILL_SMOKE: "on" }), usual);
    assert.deepEqual((await settingsOf(file, {}, { smoke: false })).origins["checks.smoke"], {
      value: "false",
      origin: { kind: "flag", name: "--no-smoke" },
    });
  });

  test("an image's own wins over that of all images", async () => {
    const text = `checks: { smoke: { http: /health, port: 80 } }
destinations: [{ registry: one.example }]
images:
  - { name: a }
  - { name: b, checks: { smoke: false } }
  - { name: c, checks: { smoke: { http: /other } } }
`;
    const { images } = await loadSettings({ readFile: async () => Buffer.from(text), env: {}, flags: {} });
    assert.deepEqual(
      images.map(({ smoke }) => smoke && [smoke.http, smoke.port]),
      [["/health", 80], undefined, ["/other", undefined]],
    );
  });

  const wrong = {
    "a path without a slash": ["checks: { smoke: { http: health } }", /checks\.smoke\.http: expected a path that begins with \//],
    "a status that is none": ['checks: { smoke: { http: /, status: "2xx" } }', /status: expected codes of HTTP/],
    "a port that is none": ["checks: { smoke: { http: /, port: 70000 } }", /port: expected a port, 1 to 65535/],
    "a status without http": ['checks: { smoke: { status: "200" } }', /status and port only with http/],
    "a time that is none": ["checks: { smoke: { timeout: 90 } }", /timeout: expected a time like 90s/],
    "a runtime that nobody knows": ["checks: { smoke: { runtime: lxc } }", /runtime: expected docker, podman or nerdctl/],
    "a key that nobody knows": ["checks: { smoke: { htpp: / } }", /http/],
    "a variable without a name": ['checks: { smoke: { env: { "a b": c } } }', /the name of a variable/],
    "another check": ["checks: { smok: true }", /smoke/],
  } as const;
  for (const [name, [text, message]] of Object.entries(wrong))
    test(`${name} is refused`, async () => {
      await assert.rejects(settingsOf(text), (thrown) => {
        assert.ok(thrown instanceof Failure);
        assert.match(`${thrown.message} ${thrown.hint}`, message);
        return true;
      });
    });
});
