import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const folder = process.env["WAYBILL_PEERS"] || join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "waybill-peers");

/**
 * A peer's program, as test/peers/install.sh puts it.
 * @throws Error where it is not installed
 */
export function peer(name: string): string {
  const found = [join(folder, "bin", name), `/usr/bin/${name}`].find(existsSync);
  if (found === undefined) throw new Error(`${name} is not installed: bash test/peers/install.sh`);
  return found;
}

/** How the command is started: this Node and the launcher that npm would install. */
export const launcher = [process.execPath, join(import.meta.dirname, "../../bin/waybill.js")] as const;

/** An image in an OCI layout. */
export interface LayoutImage {
  readonly dir: string;
  readonly tag: string;
}

/** A program that moves images between a layout and a registry over plain HTTP. */
export interface Tool {
  readonly name: string;
  /** Makes it forget what it learnt of a registry in an earlier run: a fresh runner knows nothing. */
  forget?(): void;
  push(from: LayoutImage, to: string): readonly string[];
  pull(from: string, to: LayoutImage): readonly string[];
}

export const waybill: Tool = {
  name: "waybill",
  push: ({ dir, tag }, to) => [...launcher, "copy", `oci:${dir}:${tag}`, to],
  pull: (from, { dir, tag }) => [...launcher, "copy", from, `oci:${dir}:${tag}`],
};

/** Where skopeo keeps what it knows of registries, as root and as anyone else. */
const skopeoCaches = ["/var/lib", process.env["XDG_DATA_HOME"] || join(homedir(), ".local/share")];

/** The peers, each at the same work: verified on the way, into an OCI layout or out of it. */
export const peers: readonly Tool[] = [
  {
    name: "crane",
    push: ({ dir }, to) => [peer("crane"), "push", "--insecure", dir, to],
    pull: (from, { dir }) => [peer("crane"), "pull", "--insecure", "--format=oci", from, dir],
  },
  {
    name: "regctl",
    push: ({ dir, tag }, to) => [peer("regctl"), "--host", `reg=${hostOf(to)},tls=disabled`, "image", "copy", `ocidir://${dir}:${tag}`, to],
    pull: (from, { dir, tag }) => [
      peer("regctl"),
      "--host",
      `reg=${hostOf(from)},tls=disabled`,
      "image",
      "copy",
      from,
      `ocidir://${dir}:${tag}`,
    ],
  },
  {
    name: "oras",
    push: ({ dir, tag }, to) => [peer("oras"), "copy", "--no-tty", "--from-oci-layout", `${dir}:${tag}`, "--to-plain-http", to],
    pull: (from, { dir, tag }) => [peer("oras"), "copy", "--no-tty", "--from-plain-http", from, "--to-oci-layout", `${dir}:${tag}`],
  },
  {
    name: "skopeo",
    // It would mount layers from the repositories that it has seen, and move nothing.
    forget: () => {
      for (const dir of skopeoCaches) rmSync(join(dir, "containers/cache"), { recursive: true, force: true });
    },
    push: ({ dir, tag }, to) => [peer("skopeo"), "copy", "--quiet", "--dest-tls-verify=false", `oci:${dir}:${tag}`, `docker://${to}`],
    pull: (from, { dir, tag }) => [peer("skopeo"), "copy", "--quiet", "--src-tls-verify=false", `docker://${from}`, `oci:${dir}:${tag}`],
  },
];

function hostOf(reference: string): string {
  return reference.slice(0, reference.indexOf("/"));
}
