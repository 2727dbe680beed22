import { Failure, quoteForeign } from "../../failure/index.ts";
import { formatPlatform } from "../../oci/index.ts";
import type { Finding } from "../../report/index.ts";
import type { Store } from "../../store/index.ts";
import { type Check, type Child, error } from "../check.ts";
import { runsOn } from "../program/elf.ts";
import { findProgram, type Program } from "../program/find.ts";

/**
 * Whether the program that the image starts is made for the platform that the image claims: a config can say amd64 around an
 * arm64 program, and nothing but the program's own header tells.
 */
export const program: Check = {
  name: "program",
  async run({ subject, children }, signal) {
    const linux = children.filter(({ config }) => config.os === "linux");
    return (await Promise.all(linux.map((child) => look(subject.content ?? subject.store, child, signal)))).flat();
  },
};

async function look(store: Store, child: Child, signal: AbortSignal | undefined): Promise<readonly Finding[]> {
  let found: Program;
  try {
    found = await findProgram(store, child.manifest, child.config, signal);
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !["IMAGE_INVALID", "CONTENT_MISMATCH", "NOT_FOUND"].includes(thrown.code)) throw thrown;
    return [error("unreadable", thrown.message, thrown.hint)];
  }
  const platform = formatPlatform(child.config);
  switch (found.kind) {
    case "none":
      return [{ level: "note", code: "program-none", message: "the image names no program to start" }];
    case "missing":
      return [
        {
          level: "warning",
          code: "program-missing",
          message: `the image starts ${quoteForeign(found.name, 200)}, which is in none of its layers`,
          hint: "Look at ENTRYPOINT and CMD; the image can only start where that program is mounted.",
        },
      ];
    case "too-large":
      return [{ level: "note", code: "program-not-read", message: "the image is too large for its program to be looked at" }];
    case "other":
      return [];
    case "elf":
      if (runsOn(child.config, found.architecture)) return [];
      return [
        error(
          "program-architecture",
          `the image says ${platform}, but ${quoteForeign(found.path, 200)} is a program for ${found.architecture}`,
          `Build the program for ${platform}.`,
        ),
      ];
  }
}
