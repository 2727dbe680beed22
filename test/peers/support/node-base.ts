import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Descriptor } from "../../../src/oci/index.ts";
import type { Store } from "../../../src/store/index.ts";
import { aBaseImage, type RawEntry } from "../../support/base-image.ts";
import { must } from "./run.ts";

/**
 * An image that stands in for the official one of Node: this Node with the libraries that it is linked to, and its user. No
 * shell, no git.
 */
export async function aNodeBase(store: Store, tag: string): Promise<Descriptor> {
  const program = realpathSync(process.execPath);
  const linked = (await must("ldd", [program])).matchAll(/(?:=> )?(\/[^\s(]+) \(0x/g);
  const entries: RawEntry[] = [
    { name: "etc/passwd", content: "root:x:0:0::/root:/none\nnode:x:1000:1000::/home/node:/none\n" },
    { name: "etc/group", content: "root:x:0:\nnode:x:1000:\n" },
    { name: "tmp", type: "directory", mode: 0o1777 },
    { name: "usr/local/bin/node", mode: 0o755, content: await readFile(program) },
  ];
  for (const [, path = ""] of linked) entries.push({ name: path.slice(1), mode: 0o755, content: await readFile(path) });
  // Plain: packing a hundred megabytes would take longer than all else here.
  return await aBaseImage(store, { layers: [entries], packing: "none", tag, config: { Env: ["PATH=/usr/local/bin"], Cmd: ["node"] } });
}
