import { existsSync } from "node:fs";
import { join } from "node:path";
import { peers } from "./programs.ts";

/** A Node of another version or CPU, and the words that start it here. */
export interface OtherNode {
  readonly name: string;
  readonly words: readonly [string, ...string[]];
}

/** What test/peers/install.sh installs, for either CPU: what the project is tested on. */
export const versions: readonly string[] = ["22.23.3", "24.21.0", "26.12.1"];

/** Where test/peers/install.sh put a Node; `bin` of it has the program, and no npm. */
export function nodeDir(version: string, architecture: string = process.arch): string {
  return join(peers, `nodes/${architecture}-${version}`);
}

/** How the other CPU's programs are run, and what CPUs with and without the instructions that zlib chooses by are called. */
const emulators = {
  x64: { program: "qemu-x86_64-static", libraries: "/usr/x86_64-linux-gnu", cpus: ["max", "core2duo"] },
  arm64: { program: "qemu-aarch64-static", libraries: "/usr/aarch64-linux-gnu", cpus: ["max", "cortex-a53"] },
} as const;

/** Nodes of three versions for two CPUs; those of this machine's CPU run as they are, and one of them as an old CPU of its kind would. */
export function otherNodes(): readonly OtherNode[] {
  const architectures = ["x64", "arm64"] as const;
  return architectures.flatMap((architecture) => {
    const { program, libraries, cpus } = emulators[architecture];
    const nodes = versions.map((version) => ({ version, node: join(nodeDir(version, architecture), "bin/node") }));
    const native = process.arch === architecture;
    const [oldest] = nodes;
    const emulated = (version: string, node: string, cpu: string): OtherNode => ({
      name: `Node ${version} on ${architecture}, qemu's ${cpu}`,
      words: [program, ...(existsSync(libraries) ? ["-L", libraries] : []), "-cpu", cpu, node],
    });
    return [
      ...nodes.map(({ version, node }) =>
        native ? { name: `Node ${version} on ${architecture}`, words: [node] as const } : emulated(version, node, cpus[0]),
      ),
      ...(oldest === undefined ? [] : [emulated(oldest.version, oldest.node, cpus[1])]),
    ];
  });
}
