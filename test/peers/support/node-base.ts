import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Descriptor } from "../../../src/oci/index.ts";
import type { Store } from "../../../src/store/index.ts";
import { aBaseImage, type RawEntry } from "../../support/base-image.ts";
import { must, which } from "./run.ts";

/**
 * An image that stands in for the official one of Node: this Node and this git with the libraries that they are linked to, a shell
 * for git to start its own programs with, and Node's user.
 */
export async function aNodeBase(store: Store, tag: string): Promise<Descriptor> {
  const program = realpathSync(process.execPath);
  const git = realpathSync(await which("git"));
  const linked = [...(await must("ldd", [program, git])).matchAll(/(?:=> )?(\/[^\s(]+) \(0x/g)].map(([, path = ""]) => path);
  const entries: RawEntry[] = [
    { name: "etc/passwd", content: "root:x:0:0::/root:/none\nnode:x:1000:1000::/home/node:/none\n" },
    { name: "etc/group", content: "root:x:0:\nnode:x:1000:\n" },
    { name: "tmp", type: "directory", mode: 0o1777 },
    { name: "usr/local/bin/node", mode: 0o755, content: await readFile(program) },
    { name: "usr/local/bin/git", mode: 0o755, content: await readFile(git) },
    { name: "usr/local/bin/git-upload-pack", type: "symlink", linkname: "git" },
    { name: "bin/sh", mode: 0o755, content: await readFile("/bin/busybox") },
  ];
  for (const path of new Set(linked)) entries.push({ name: path.slice(1), mode: 0o755, content: await readFile(path) });
  // Plain: packing a hundred megabytes would take longer than all else here.
  return await aBaseImage(store, { layers: [entries], packing: "none", tag, config: { Env: ["PATH=/usr/local/bin"], Cmd: ["node"] } });
}
