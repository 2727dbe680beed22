import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { githubOutputs, writeOutputs } from "../../src/github/index.ts";
import { digestOf } from "../../src/oci/index.ts";
import type { ImageReport, Report } from "../../src/report/index.ts";
import { aDestination, aReport, digest, sha } from "../support/report.ts";

const name = "r.example/team/app";
const other = digestOf(Buffer.from("another commit's"));
const published = { uri: `${name}:${sha}`, digestUri: `${name}@${digest}`, digest, releaseTag: sha } satisfies Partial<ImageReport>;
const release = { tag: sha, digest, outcome: "created" } as const;

/** What a later step reads from the file, as the runner parses it. */
function readBack(report: Report): Readonly<Record<string, string>> {
  let text = "";
  const append = (_: string, more: string): void => {
    text += more;
  };
  writeOutputs(githubOutputs(report), { env: { GITHUB_OUTPUT: "out" }, append, size: () => 0 });
  const found: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined && line !== ""; line = lines.shift()) {
    const heredoc = /^([^=<]+)<<(.*)$/.exec(line);
    if (heredoc === null) {
      found[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
      continue;
    }
    const value: string[] = [];
    for (let next = lines.shift(); next !== undefined && next !== heredoc[2]; next = lines.shift()) value.push(next);
    found[heredoc[1] ?? ""] = value.join("\n");
  }
  return found;
}

suite("outputs", () => {
  test("name the image by commit, digest and latest", () => {
    const tags = [release, { tag: "latest", digest, outcome: "moved" } as const];
    const report = aReport({ ...published, destinations: [aDestination({ tags })] });
    assert.deepEqual(readBack(report), {
      git_sha: sha,
      image_uri_sha: `${name}:${sha}`,
      image_uri_latest: `${name}:latest`,
      image_uri_digest: `${name}@${digest}`,
      digest,
      latest_moved: "true",
      built: "true",
      reused_from: "",
      exit_code: "0",
      report: JSON.stringify(report),
    });
  });

  test("leave latest empty where it names another commit's image", () => {
    const tags = [release, { tag: "latest", digest: other, outcome: "kept", why: "newer" } as const];
    const outputs = githubOutputs(aReport({ ...published, destinations: [aDestination({ tags })] }));
    assert.deepEqual([outputs["image_uri_latest"], outputs["latest_moved"]], ["", "false"]);
  });

  test("say that latest did not move where it named the image before", () => {
    const tags = [release, { tag: "latest", digest, outcome: "kept" } as const];
    const outputs = githubOutputs(aReport({ ...published, built: false, destinations: [aDestination({ tags })] }));
    assert.deepEqual([outputs["image_uri_latest"], outputs["latest_moved"], outputs["built"]], [`${name}:latest`, "false", "false"]);
  });

  test("name nothing where nothing can be pulled", () => {
    const outputs = githubOutputs(aReport({ status: "failed", digest, releaseTag: sha }, { exitCode: 3 }));
    assert.deepEqual([outputs["image_uri_sha"], outputs["image_uri_digest"], outputs["digest"], outputs["exit_code"]], ["", "", "", "3"]);
  });

  test("leave the report out where it would crowd out the others", () => {
    const finding = { level: "note", code: "long", message: "x".repeat(200_000) } as const;
    assert.equal(githubOutputs(aReport({ ...published, findings: [finding] }))["report"], "");
  });

  test("hold all images as JSON where there are several", () => {
    const [image] = aReport(published).images;
    assert.ok(image);
    const report = { ...aReport(), images: [image, { ...image, name: "team/other", uri: undefined }] };
    const images = JSON.parse(readBack(report)["images"] ?? "[]");
    assert.deepEqual(
      images.map((one: { name: string; image_uri_sha: string }) => [one.name, one.image_uri_sha]),
      [
        ["team/app", `${name}:${sha}`],
        ["team/other", ""],
      ],
    );
  });

  test("come back as they were, whatever is in a value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const value = text.replaceAll("\r", "");
        assert.equal(readBack(aReport({ ...published, uri: `x${value}` }))["image_uri_sha"], `x${value}`);
      }),
    );
  });
});
