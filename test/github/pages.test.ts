import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { failedPage, fleetPage, promotionPage, validationPage } from "../../src/github/index.ts";
import { digest, sha } from "../support/report.ts";
import { assertPage, hostile, pageOf, proseOf, shapeOf } from "./page.ts";

type Say = (honest: string) => string;
const honest: Say = (text) => text;

const pages = {
  promotion: (say: Say) =>
    promotionPage(sha, [
      {
        name: say("team/app"),
        digest,
        left: [{ tag: say("stable"), why: say("v1.2.3-rc.1 is a prerelease") }],
        targets: [
          { name: "r.example/team/app", state: "present", ms: 340, digest, tags: [{ tag: "v1.2.3-rc.1", digest, outcome: "created" }] },
          {
            name: say("far.example/team/app"),
            state: "failed",
            ms: 1200,
            digest,
            tags: [],
            failure: { code: "TAG_CONFLICT", message: say("the tag holds another image"), hint: say("Promote to a new version.") },
          },
        ],
      },
    ]),
  validation: (say: Say) =>
    validationPage([
      { name: say("r.example/team/app:1"), digest, platform: "linux/amd64", revision: sha, valid: true, findings: [] },
      {
        name: say("far.example/team/app:1"),
        digest,
        platform: "linux/amd64",
        valid: false,
        findings: [
          { level: "error", code: "PLATFORM_MISMATCH", message: say("it is for linux/arm64"), hint: say("Build for linux/amd64.") },
        ],
      },
      {
        name: say("down.example/team/app:1"),
        platform: "linux/amd64",
        valid: false,
        findings: [],
        failure: { code: "REGISTRY_UNREACHABLE", message: say("nobody answers"), hint: say("Try again.") },
      },
    ]),
  fleet: (say: Say) =>
    fleetPage([
      {
        name: say("team/app"),
        tag: sha,
        agree: false,
        replicas: [
          { destination: "r.example/team/app", state: "same", digest },
          { destination: say("far.example/team/app"), state: "failed", why: say("nobody answers") },
        ],
      },
    ]),
  failed: (say: Say) =>
    failedPage(say("publish"), [
      {
        code: "CONFIG_INVALID",
        message: say("line 3: no image"),
        facts: { file: `${say("waybill.yaml")}~`, line: 3 },
      },
    ]),
};

suite("summaries of other commands", () => {
  for (const [name, page] of Object.entries(pages)) {
    test(`${name}: is the page that is kept`, () => {
      assertPage(name, pageOf(page(honest)));
    });

    test(`${name}: takes nothing from outside as Markdown, HTML, a link or a mention`, () => {
      const shape = shapeOf(pageOf(page(honest)));
      fc.assert(
        fc.property(hostile, (text) => {
          const found = pageOf(page(() => text.replace(/[\r\n]/g, " ")));
          assert.deepEqual(shapeOf(found), shape);
          assert.doesNotMatch(proseOf(found), /@|&#64;(?!&#8203;)|https?:\/\/|www\.|\$/i);
        }),
      );
    });
  }

  test("validation: one valid image says so in its heading", () => {
    const page = pageOf(validationPage([{ name: "r.example/app:1", digest, platform: "linux/amd64", valid: true, findings: [] }]));
    assert.match(page, /^### ✅ r\.example\/app:1: valid\n/);
  });
});
