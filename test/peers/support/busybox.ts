import { readFileSync } from "node:fs";
import type { FileSpec } from "../../support/git-repository.ts";

/** The statically linked program of Debian's busybox-static: enough of a system for RUN. */
export function busybox(): FileSpec {
  return { content: readFileSync("/bin/busybox"), executable: true };
}

/** A repository's files whose image is one to build upon: a shell, and nothing more. */
export function busyboxBase(): Readonly<Record<string, FileSpec>> {
  return {
    Dockerfile: 'FROM scratch\nCOPY root /\nENV PATH=/bin\nCMD ["sh"]\n',
    "root/bin/busybox": busybox(),
    ...Object.fromEntries(["sh", "cat", "echo", "sleep"].map((name) => [`root/bin/${name}`, { symlink: "busybox" }])),
  };
}
