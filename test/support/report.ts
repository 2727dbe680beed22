import { digestOf } from "../../src/oci/index.ts";
import type { DestinationReport, ImageReport, Report } from "../../src/report/index.ts";

/** The digest of the image in a report of a test. */
export const digest = digestOf(new TextEncoder().encode("x"));
/** The commit in a report of a test. */
export const sha = "a".repeat(40);

/** A destination that has the image; the primary unless the parts say otherwise. */
export function aDestination(parts: Partial<DestinationReport> = {}): DestinationReport {
  return {
    name: "r.example/team/app",
    primary: true,
    found: "absent",
    delivery: "delivered",
    bytes: 1,
    ms: 1,
    released: true,
    tags: [],
    ...parts,
  };
}

/** The report of a run that published one image. */
export function aReport(image: Partial<ImageReport> = {}, run: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    command: "publish",
    waybill: "1.2.3",
    exitCode: 0,
    dryRun: false,
    commit: { sha, tree: sha, from: "HEAD", committedAt: "2026-11-23T00:00:00Z", subject: "s" },
    images: [
      {
        name: "team/app",
        status: "published",
        exitCode: 0,
        built: true,
        engine: "assemble",
        destinations: [],
        findings: [],
        steps: [],
        ...image,
      },
    ],
    steps: [],
    warnings: [],
    failures: [],
    startedAt: "2026-11-23T00:00:00.000Z",
    ms: 1500,
    ...run,
  };
}
