import { readdirSync, readFileSync } from "node:fs";

/** The command lines of all that runs on this machine. */
export function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim()];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}
