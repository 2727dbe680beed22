import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { loadConnections, loadSettings } from "../../src/config/index.ts";

const root = join("/", "checkout");
const text = 'caFile: certs/ca.pem\nendpoints: { one.example: "https://mirror.example" }\n';
const file = { readFile: async () => Buffer.from(text), root };

test("How registries are reached is known without a destination", async () => {
  const { endpoints, caFile } = await loadConnections({ ...file, env: {}, flags: {} });
  assert.deepEqual(endpoints, { "one.example": { url: "https://mirror.example" } });
  assert.equal(caFile, join(root, "certs", "ca.pem"), "relative to the file");
});

test("The environment adds endpoints, and a flag's path is left to its shell's folder", async () => {
  const env = { WAYBILL_ENDPOINTS: "two.example=http://127.0.0.1:5000", WAYBILL_CA_FILE: "other.pem" };
  const { endpoints, caFile } = await loadConnections({ ...file, env, flags: { caFile: "mine.pem" } });
  assert.deepEqual(Object.keys(endpoints), ["one.example", "two.example"]);
  assert.equal(caFile, "mine.pem");
  assert.equal((await loadConnections({ ...file, env, flags: {} })).caFile, "other.pem");
});

test("A file that is not valid is an error here too", async () => {
  const readFile = async () => Buffer.from("caFiel: x\n");
  await assert.rejects(loadConnections({ readFile, env: {}, flags: {} }), { code: "CONFIG_UNKNOWN_KEY" });
});

test("A policy for latest on the command line overrules the environment and the file", async () => {
  const readFile = async () => Buffer.from("image: a/b\ndestinations: [{ registry: r.example }]\ntags: { latest: false }\n");
  const moving = async (flags: { latest?: "forward" }, env = {}) => (await loadSettings({ readFile, env, flags })).images[0]?.moving;
  assert.deepEqual(await moving({}), []);
  assert.deepEqual(await moving({ latest: "forward" }), [{ tag: "latest", branch: "main", policy: "forward" }]);
  assert.deepEqual(await moving({ latest: "forward" }, { WAYBILL_LATEST: "off" }), [{ tag: "latest", branch: "main", policy: "forward" }]);
});
