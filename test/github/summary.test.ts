import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { publicationPage, repositoryLink } from "../../src/github/index.ts";
import { digestOf } from "../../src/oci/index.ts";
import type { Report } from "../../src/report/index.ts";
import { aDestination, aReport, digest, sha } from "../support/report.ts";
import { assertPage, hostile, pageOf, proseOf, shapeOf } from "./page.ts";

const github = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "team/app" };

function summaryOf(report: Report, env: Readonly<Record<string, string>> = github, written = 0): string {
  return pageOf(publicationPage(report, repositoryLink(env)), written);
}

const other = (name: string) => digestOf(new TextEncoder().encode(name));
const before = "b".repeat(40);
const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/** A report with everything in it; hostile text goes where text comes from outside. */
function everything(text: (honest: string) => string): Report {
  const failure = {
    code: "DENIED",
    message: text("you may not push\nasked for push"),
    hint: text("Ask for the right."),
    facts: { file: `${text("Dockerfile")}~`, line: 3 },
  } as const;
  return aReport(
    {
      name: text("team/app"),
      platform: "linux/amd64",
      releaseTag: sha,
      digest,
      uri: `${host}/team/app:${sha}`,
      digestUri: `${host}/team/app@${digest}`,
      contents: { index: digest, manifest: other("manifest"), config: other("config"), layers: 5, bytes: 52_428_800 },
      previous: { tag: "latest", digest: other("before"), commit: before, bytes: 50_000_000 },
      bases: [{ name: text("docker.io/library/node:24-slim"), digest: other("base") }],
      layersTaken: 3,
      build: { steps: 7, cached: 4, ms: 9000 },
      destinations: [
        aDestination({
          name: `${host}/team/app`,
          state: "delivered",
          surveyMs: 120,
          ms: 2280,
          bytes: 10_485_760,
          pieces: { written: 2, existed: 3, mounted: 1 },
          digest,
          tags: [
            { tag: sha, digest, outcome: "created" },
            { tag: "latest", digest, outcome: "moved", why: text("it named an ancestor") },
          ],
        }),
        aDestination({
          name: text("ghcr.io/team/app"),
          primary: false,
          state: "failed",
          surveyMs: 400,
          ms: 60_000,
          tags: [{ tag: text("latest"), digest: other("before"), outcome: "kept", why: text("it could not be asked") }],
          failure,
        }),
      ],
      findings: [
        { level: "note", code: "SIZE", message: text("the image is large") },
        {
          level: "warning",
          code: "PLATFORM_EXTRA",
          message: text("one more platform"),
          hint: text("Leave it out."),
          where: { destination: text("ghcr.io/team/app"), file: text("docker/Dockerfile"), line: 7 },
        },
      ],
      steps: [
        { step: "survey", ms: 480, detail: text("absent") },
        { step: "obtain", ms: 9100, detail: text("built with assemble") },
        { step: "deliver", ms: 2300, detail: "to 1 of 2 destinations" },
      ],
      status: "failed",
      exitCode: 5,
      failure,
    },
    {
      exitCode: 5,
      commit: { ...aReport().commit, branch: text("main"), subject: text("Add a page (#12)") },
      steps: [{ step: "commit", ms: 20, detail: text("HEAD") }],
      warnings: [{ text: text("the branch is protected"), hint: text("Nothing to do.") }],
      failures: [failure],
    },
  );
}

suite("the step summary", () => {
  test("of a run with everything in it is the page that is kept", () => {
    assertPage("everything", summaryOf(everything((text) => text)));
  });

  test("of a published image says how to pull and deploy it, by digest", () => {
    const [image] = everything((text) => text).images;
    assert.ok(image);
    const [primary] = image.destinations;
    assert.ok(primary);
    assertPage(
      "published",
      summaryOf(aReport({ ...image, status: "published", exitCode: 0, failure: undefined, findings: [], destinations: [primary] })),
    );
  });

  test("of a dry run says what would become of the tags", () => {
    const foreseen = [{ tag: "latest", outcome: "moved", why: "it names an ancestor" }] as const;
    assertPage(
      "dry-run",
      summaryOf(
        aReport({ status: "planned", built: false, destinations: [aDestination({ state: "absent", foreseen })] }, { dryRun: true }),
      ),
    );
  });

  test("of several images has a heading for each", () => {
    const [image] = aReport({ destinations: [aDestination({ tags: [{ tag: sha, digest, outcome: "created" }] })] }).images;
    assert.ok(image);
    assertPage("images", summaryOf({ ...aReport(), images: [image, { ...image, name: "team/other", status: "present", built: false }] }));
  });

  test("takes nothing from outside as Markdown, HTML, a link, a mention or a formula", () => {
    const honest = shapeOf(summaryOf(everything((text) => text)));
    fc.assert(
      fc.property(hostile, (text) => {
        const page = summaryOf(
          everything((one) => (one.includes("\n") ? `${text.replace(/[\r\n]/g, "")}x\n${text.replace(/[\r\n]/g, "")}` : text)),
        );
        assert.deepEqual(shapeOf(page), honest);
        const prose = proseOf(page);
        assert.doesNotMatch(prose, /@|&#64;(?!&#8203;)|https?:\/\/(?!github\.com\/team\/app\/)|www\./i);
        assert.doesNotMatch(prose, /(?<!<span>)&#36;|\$/);
      }),
      { numRuns: 300 },
    );
  });

  test("holds no credential, wherever one came from", () => {
    const token = `ghp_${"a".repeat(36)}`;
    assert.ok(!summaryOf(everything(() => `https://user:${token}@example.com/?token=${token}`)).includes(token));
  });

  test("is no longer than its share, whatever the images are", () => {
    const findings = Array.from({ length: 5000 }, () => ({ level: "note", code: "X", message: "long ".repeat(300) }) as const);
    const tags = Array.from({ length: 5000 }, (_, index) => ({ tag: `v${index}`, digest, outcome: "created" }) as const);
    const [image] = aReport({ findings, destinations: [aDestination({ tags })] }).images;
    assert.ok(image);
    for (const images of [[image], Array.from({ length: 5 }, () => image)]) {
      const page = summaryOf({ ...aReport(), images });
      assert.ok(Buffer.byteLength(page) <= 256 * 1024, String(page.length));
      assert.match(page, /… and \d+ more\.\n/);
      assert.match(page, /Shortened/);
    }
  });

  test("leaves out how to deploy and where the time went before it leaves out a destination", () => {
    const destinations = Array.from({ length: 700 }, (_, index) =>
      aDestination({ name: `r.example/team/app-${index}`, tags: [{ tag: sha, digest, outcome: "created" }] }),
    );
    const steps = Array.from({ length: 300 }, () => ({ step: "obtain", ms: 1, detail: "d".repeat(900) }) as const);
    const page = summaryOf(aReport({ destinations, steps }));
    assert.match(page, /app-699/);
    assert.doesNotMatch(page, /where the time went/);
  });

  test("goes below what the step has written already, or away where no room is left", () => {
    const text = summaryOf(aReport(), github, 10);
    assert.ok(text.startsWith("\n\n### "));
    const room = 3000;
    const findings = Array.from({ length: 500 }, () => ({ level: "note", code: "X", message: "long" }) as const);
    const short = summaryOf(aReport({ findings }), github, 1024 * 1024 - room);
    assert.ok(Buffer.byteLength(short) <= room);
    assert.match(short, /Shortened/);
    assert.equal(summaryOf(aReport(), github, 1024 * 1024 - 20), "");
  });

  test("links the commit on GitHub only where the environment is GitHub's", () => {
    assert.ok(summaryOf(aReport()).includes(`](https://github.com/team/app/commit/${sha})`));
    for (const env of [{}, { ...github, GITHUB_SERVER_URL: "javascript:alert(1)" }, { ...github, GITHUB_REPOSITORY: "a/b) [c](d" }])
      assert.ok(!shapeOf(summaryOf(aReport(), env)).some((part) => part.startsWith("link")));
  });
});
