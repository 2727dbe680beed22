import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { schemaText } from "../../scripts/schema/text.ts";
import { loadSettings } from "../../src/config/index.ts";

const root = resolve(import.meta.dirname, "../..");
const read = async (name: string) => await readFile(join(root, name));

test("the published schema is the one that the program parses with", async () => {
  assert.equal((await read("schema/waybill.schema.json")).toString(), schemaText(), "run `node scripts/schema.ts`");
});

test("every key of the published schema is described", () => {
  const undescribed: string[] = [];
  const visit = (schema: Readonly<Record<string, unknown>>, path: string) => {
    for (const [key, value] of Object.entries((schema["properties"] ?? {}) as Record<string, Record<string, unknown>>)) {
      if (typeof value["description"] !== "string") undescribed.push(`${path}${key}`);
      visit(value, `${path}${key}.`);
    }
  };
  visit(JSON.parse(schemaText()), "");
  assert.deepEqual(undescribed, []);
});

test("this repository's own settings are the specification's", async () => {
  const { images } = await loadSettings({ readFile: async () => await read("waybill.yaml"), env: {}, flags: {} });
  const [image] = images;
  assert.equal(images.length, 1);
  assert.deepEqual(image?.destinations, [
    {
      host: "712023778557.dkr.ecr.us-east-1.amazonaws.com",
      repository: "quiltdata/benchling",
      role: "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook",
      trusted: true,
    },
  ]);
  assert.equal(image?.build.file, "docker/Dockerfile");
  assert.equal(image?.build.platform, "linux/amd64");
  assert.equal(image?.release, "{sha}");
  assert.deepEqual(image?.branches, ["main"]);
  assert.deepEqual(image?.moving, [{ tag: "latest", branch: "main", policy: "forward" }]);
});
