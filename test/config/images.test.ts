import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSettings, type SettingsFlags } from "../../src/config/index.ts";

const file = `
branches: [main, release/*]
build: { platform: linux/arm64, args: { COMMON: "1", OWN: "0" }, stamp: { env: { V: "{sha}" } } }
destinations: [{ registry: one.example }, { registry: two.example, trusted: true }]
images:
  - name: api
    image: team/api
    build: { file: api/Dockerfile, args: { OWN: "1" } }
  - name: team/worker
    build: { context: worker, platform: linux/amd64 }
    destinations: [{ registry: three.example }]
    tags: { latest: false }
`;

const load = async (text: string, flags: SettingsFlags = {}, env: Readonly<Record<string, string>> = {}) =>
  await loadSettings({ readFile: async () => Buffer.from(text), env, flags });

test("each image takes the top-level keys as its defaults", async () => {
  const { images } = await load(file);
  const [api, worker] = images;
  assert.deepEqual(
    images.map(({ name }) => name),
    ["api", "team/worker"],
  );
  assert.deepEqual(
    api?.destinations.map(({ host, repository }) => `${host}/${repository}`),
    ["one.example/team/api", "two.example/team/api"],
  );
  assert.deepEqual(api?.build.args, { COMMON: "1", OWN: "1" });
  assert.equal(api?.build.platform, "linux/arm64");
  assert.equal(worker?.build.file, "worker/Dockerfile");
  assert.equal(worker?.build.platform, "linux/amd64");
  assert.deepEqual(worker?.build.stamp.env, { V: "{sha}" });
  assert.deepEqual(worker?.branches, ["main", "release/*"]);
  assert.deepEqual(worker?.moving, []);
});

test("an image's destinations replace the defaults as a whole", async () => {
  const { images, origins } = await load(file);
  assert.deepEqual(images[1]?.destinations, [{ host: "three.example", repository: "team/worker", role: undefined, trusted: true }]);
  assert.equal(origins["images.team/worker.destinations.0.registry"]?.origin.name, "waybill.yaml:11");
  assert.equal(origins["images.api.build.args.COMMON"]?.origin.name, "waybill.yaml:3");
});

test("what speaks of one image is refused where there are several", async () => {
  await assert.rejects(load(file, { to: ["r.s/app"] }), { code: "CONFIG_INVALID", message: /^--to speaks of one image/ });
  await assert.rejects(load(file, { file: "Dockerfile" }), { code: "CONFIG_INVALID", message: /^--file / });
  await assert.rejects(load(file, {}, { DOCKER_IMAGE_NAME: "a/b" }), { code: "CONFIG_INVALID", message: /^DOCKER_IMAGE_NAME / });
});

test("it is taken where one of them is chosen", async () => {
  const { images } = await load(file, { to: ["r.s/app"], images: ["api"] });
  assert.deepEqual(
    images.map(({ name, destinations }) => [name, destinations[0]?.host]),
    [["api", "r.s"]],
  );
});

test("all images are known where a name is not, so that the error can list them", async () => {
  const { images } = await load(file, { images: ["apo"] });
  assert.equal(images.length, 2);
});
