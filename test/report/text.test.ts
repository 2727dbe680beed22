import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { failureText, formatBytes, formatMs, reportText } from "../../src/report/index.ts";
import { aDestination, aReport, digest, sha } from "../support/report.ts";

suite("a report as text", () => {
  test("ends with the image's URI", () => {
    const lines = reportText(aReport({ uri: `r.example/team/app:${sha}`, digest })).split("\n");
    assert.equal(lines.at(-1), `DOCKER_IMAGE_URI=r.example/team/app:${sha}`);
    assert.deepEqual(lines.slice(0, 2), ["team/app: published, built with assemble", `  digest ${digest}`]);
  });

  test("names no URI where the image cannot be pulled", () => {
    assert.doesNotMatch(reportText(aReport({ status: "failed" })), /DOCKER_IMAGE_URI/);
  });

  test("says that an image is published in part where it failed and can be pulled all the same", () => {
    const first = (report: ReturnType<typeof aReport>): string | undefined => reportText(report).split("\n")[0];
    assert.match(first(aReport({ status: "failed" })) ?? "", /^team\/app: not published/);
    assert.match(first(aReport({ status: "failed", uri: `r.example/team/app:${sha}` })) ?? "", /^team\/app: published in part/);
  });

  test("shows each destination's tags, and the failure of one that failed", () => {
    const destination = { primary: true, found: "absent", delivery: "delivered", bytes: 1, ms: 1, released: true } as const;
    const text = reportText(
      aReport({
        destinations: [
          { ...destination, name: "a/x", tags: [{ tag: "latest", digest, outcome: "kept", why: "it is newer" }] },
          { ...destination, name: "b/x", tags: [], released: false, failure: { code: "REGISTRY_TIMEOUT", message: "b did not answer" } },
        ],
      }),
    );
    assert.match(text, new RegExp(`^ {2}latest kept \\(it is newer\\) ${digest} at a/x$`, "m"));
    assert.match(text, /^ {2}b\/x failed: b did not answer$/m);
  });

  test("says once what became of a tag at several destinations, and its digest where that is another image's", () => {
    const destination = { primary: true, found: "absent", delivery: "delivered", bytes: 1, ms: 1, released: true } as const;
    const other = `sha256:${"0".repeat(64)}` as typeof digest;
    const created = { tag: sha, digest, outcome: "created" } as const;
    const moved = { tag: "latest", digest, outcome: "moved", why: "it moves forward" } as const;
    const lines = (report: ReturnType<typeof aReport>): readonly string[] =>
      reportText(report)
        .split("\n")
        .filter((line) => /^ {2}\S*(?:[0-9a-f]{40}|latest) /.test(line) && !line.includes("delivered"));
    const one = aReport({ digest, destinations: [{ ...destination, name: "a/x", tags: [created, moved] }] });
    assert.deepEqual(lines(one), [`  a/x:${sha} created`, "  a/x:latest moved (it moves forward)"]);
    const three = aReport({
      digest,
      destinations: [
        { ...destination, name: "a/x", tags: [created, moved] },
        { ...destination, name: "b/x", tags: [created, { ...moved, digest: other, outcome: "kept", why: "it is newer" }] },
        { ...destination, name: "c/x", tags: [created, moved] },
      ],
    });
    assert.deepEqual(lines(three), [
      `  ${sha} created at all 3 destinations`,
      "  latest moved (it moves forward) at a/x, c/x",
      `  latest kept (it is newer) ${other} at b/x`,
    ]);
  });

  test("ends with a table of destinations, whole in a log and as narrow as the terminal", () => {
    const destination = { primary: true, found: "absent", delivery: "delivered", bytes: 1, released: true, digest } as const;
    const report = aReport({
      destinations: [
        { ...destination, name: "a/x", state: "delivered", surveyMs: 200, ms: 1300, tags: [{ tag: sha, digest, outcome: "created" }] },
        { ...destination, name: "long.example/x", state: "failed", ms: 0, tags: [], digest: undefined },
      ],
    });
    const table = (columns?: number) => {
      const lines = reportText(report, { columns }).split("\n");
      return lines.slice(
        lines.findIndex((line) => /destination +digest|^ {2}a\/x$/.test(line)),
        lines.findIndex((line) => line.startsWith("took")),
      );
    };
    const cells = (lines: readonly string[]) => lines.map((line) => line.trim().split(/ {2,}/));
    assert.deepEqual(cells(table()), [
      ["destination", "digest", "tags", "state", "seconds"],
      ["a/x", digest, `${sha} created`, "delivered", "1.5"],
      ["long.example/x", "-", "-", "failed", "0.0"],
    ]);
    assert.deepEqual(cells(table(100))[1], ["a/x", digest.slice(0, 19), `${sha.slice(0, 12)} created`, "delivered", "1.5"]);
    assert.ok(table(100).every((line) => line.length <= 100));
    assert.deepEqual(table(40).slice(0, 4), [
      "  a/x",
      `    ${digest.slice(0, 19)}`,
      `    ${sha.slice(0, 12)} created`,
      "    delivered, 1.5 s",
    ]);
  });
});

suite("a failure as text", () => {
  test("has what failed, what to do, the code and the exit code", () => {
    const text = failureText({ code: "TAG_CONFLICT", message: "the tag holds another", hint: "Delete it." });
    assert.equal(text, "error: the tag holds another\n  hint: Delete it.\n  code: TAG_CONFLICT, exit 4");
  });
});

suite("units", () => {
  test("keep three to five digits", () => {
    assert.deepEqual([0, 1023, 1024, 1_048_575, 1_048_576, 5 * 2 ** 30].map(formatBytes), [
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.0 MiB",
      "1.0 MiB",
      "5.0 GiB",
    ]);
    assert.deepEqual([0, 999, 1000, 59_949, 60_000, 125_000].map(formatMs), [
      "0 ms",
      "999 ms",
      "1.0 s",
      "59.9 s",
      "1 min 0 s",
      "2 min 5 s",
    ]);
  });

  test("never show 60 seconds or 1024 of a unit", () => {
    fc.assert(fc.property(fc.nat({ max: 1e9 }), (ms) => !/\b60(\.0)? s/.test(formatMs(ms))));
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => !formatBytes(bytes).startsWith("1024")));
  });
});

suite("What people ask of an image", () => {
  const contents = { manifest: digest, config: digest, layers: 5, bytes: 12 * 2 ** 20 };
  const facts = (image: Parameters<typeof aReport>[0]): readonly string[] =>
    reportText(aReport(image))
      .split("\n")
      .filter((line) => /^ {2}(size|base|reused|sent) /.test(line))
      .map((line) => line.trim());

  test("is its size with the change against what latest named", () => {
    const against = (bytes: number) => facts({ contents, previous: { tag: "latest", digest, commit: sha, bytes } });
    assert.deepEqual(facts({ contents }), ["size 12.0 MiB in 5 layers"]);
    assert.deepEqual(against(10 * 2 ** 20), ["size 12.0 MiB in 5 layers, 2.0 MiB (+20 %) more than latest of aaaaaaaaaaaa"]);
    assert.deepEqual(against(12.5 * 2 ** 20), ["size 12.0 MiB in 5 layers, 512.0 KiB (−4.0 %) less than latest of aaaaaaaaaaaa"]);
    assert.deepEqual(against(12 * 2 ** 20), ["size 12.0 MiB in 5 layers, as large as latest of aaaaaaaaaaaa"]);
    assert.deepEqual(facts({ contents, previous: { tag: "stable", digest } }), ["size 12.0 MiB in 5 layers"]);
  });

  test("is its base by digest, and what was reused: an ancestor's content, its layers, a cache's steps", () => {
    assert.deepEqual(facts({ bases: [{ name: "python:3.12", digest }] }), [`base python:3.12 ${digest}`]);
    const origin = "b".repeat(40);
    assert.deepEqual(facts({ contents: { ...contents, layers: 1 }, reused: { commit: sha, digest, origin: sha } }).slice(1), [
      "reused the layer of aaaaaaaaaaaa",
    ]);
    assert.deepEqual(facts({ reused: { commit: sha, digest, origin } }), ["reused all layers of aaaaaaaaaaaa, built from bbbbbbbbbbbb"]);
    assert.deepEqual(facts({ contents, layersTaken: 3 }).slice(1), ["reused 3 of 5 layers from an ancestor"]);
    assert.deepEqual(facts({ build: { steps: 9, cached: 4, ms: 1 } }), ["reused 4 of 9 steps from a cache"]);
  });

  test("is what was sent to each destination, and what was there or was mounted", () => {
    const to = (parts: Parameters<typeof aDestination>[0]) => facts({ destinations: [aDestination(parts)] });
    assert.deepEqual(to({ bytes: 4096, pieces: { written: 2, existed: 3, mounted: 1 } }), [
      "sent 4.0 KiB, 3 there already, 1 mounted (r.example/team/app)",
    ]);
    assert.deepEqual(to({ delivery: "present" }), []);
  });
});
