import { quoteForeign } from "../../failure/index.ts";
import { formatPlatform, platformMatches } from "../../oci/index.ts";
import type { Finding } from "../../report/index.ts";
import { type Check, type Child, error } from "../check.ts";

/**
 * Every image's platform, from its config: a manifest has none, and an index only says what its writer believed. An index
 * must hold exactly the platform that was asked for.
 */
export const platform: Check = {
  name: "platform",
  run({ subject, children }) {
    const wanted = subject.expected.platform;
    const findings = children.flatMap(disagreement);
    if (wanted === undefined) return findings;
    if (children.length === 0)
      return [error("no-image", "the index holds no image", "Build the image again; an index of attestations alone cannot run.")];
    const others = children.filter(({ config }) => !platformMatches(wanted, config));
    return [...findings, ...others.map((child) => mismatch(child, formatPlatform(wanted), children.length))];
  },
};

function mismatch({ config, descriptor }: Child, wanted: string, of: number): Finding {
  const actual = quoteForeign(formatPlatform(config), 100);
  const what = of === 1 ? "the image" : `the index's image ${descriptor.digest}`;
  return error(
    "platform-mismatch",
    `${what} is ${actual}, not ${wanted}`,
    `Build for ${wanted}, or say with --platform that ${actual} is what is wanted.`,
  );
}

/** An index that calls its child another platform than the child's config does. */
function disagreement({ descriptor, config }: Child): readonly Finding[] {
  const stated = descriptor.platform;
  if (stated === undefined || platformMatches(stated, config)) return [];
  const names = [quoteForeign(formatPlatform(stated), 100), quoteForeign(formatPlatform(config), 100)];
  return [
    error("platform-disagrees", `the index calls ${descriptor.digest} ${names[0]}, its config says ${names[1]}`, "Build the image again."),
  ];
}
