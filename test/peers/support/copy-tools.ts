import type { LayoutImage } from "./layout-images.ts";
import { peerProgram } from "./programs.ts";
import { must, type ProgramRun, runProgram } from "./run.ts";
import { type Site, user } from "./sites.ts";

/** A program that moves images between layouts and registries: what it is called with for each thing. */
export interface CopyTool {
  readonly program: string;
  /** The password comes by standard input. */
  login(site: Site): readonly string[];
  /** It keeps a password without asking the registry. */
  readonly believes?: boolean;
  push(site: Site, from: LayoutImage, to: string): readonly string[];
  copy(site: Site, from: string, to: string): readonly string[];
  pull(site: Site, from: string, dir: string): readonly string[];
  tags(site: Site, repository: string): readonly string[];
  /** Takes one tag away, or the manifest with all its tags, as `removes` says. */
  remove(site: Site, image: string): readonly string[];
  readonly removes: "tag" | "manifest";
  /** What it has mounted of an image that it copies within a registry; the rest goes through it. */
  readonly mounts: "all" | "layers";
  /** It pushes a layout's index.json as the index, not the index that this names. */
  readonly wraps?: boolean;
}

const plainly = (site: Site, ...flags: readonly string[]): readonly string[] => (site.manner === "plain" ? flags : []);
const regctl = (site: Site): readonly string[] => plainly(site, "--host", `reg=${site.host},tls=disabled`);

/** The peers that have no daemon. */
export const copyTools: Readonly<Record<string, CopyTool>> = {
  crane: {
    program: peerProgram("crane"),
    login: ({ host }) => ["auth", "login", host, "--username", user.username, "--password-stdin"],
    believes: true,
    push: (site, { dir, configs }, to) => ["push", ...plainly(site, "--insecure"), ...(configs.length > 1 ? ["--index"] : []), dir, to],
    copy: (site, from, to) => ["copy", ...plainly(site, "--insecure"), from, to],
    pull: (site, from, dir) => ["pull", ...plainly(site, "--insecure"), "--format=oci", from, dir],
    tags: (site, repository) => ["ls", ...plainly(site, "--insecure"), repository],
    remove: (site, image) => ["delete", ...plainly(site, "--insecure"), image],
    removes: "tag",
    mounts: "all",
    wraps: true,
  },
  skopeo: {
    program: "skopeo",
    login: ({ host }) => ["login", "--username", user.username, "--password-stdin", host],
    push: (site, { dir }, to) => [
      "copy",
      "--quiet",
      "--all",
      ...plainly(site, "--dest-tls-verify=false"),
      `oci:${dir}:t`,
      `docker://${to}`,
    ],
    copy: (site, from, to) => {
      const flags = plainly(site, "--src-tls-verify=false", "--dest-tls-verify=false");
      return ["copy", "--quiet", "--all", ...flags, `docker://${from}`, `docker://${to}`];
    },
    pull: (site, from, dir) => ["copy", "--quiet", "--all", ...plainly(site, "--src-tls-verify=false"), `docker://${from}`, `oci:${dir}:t`],
    tags: (site, repository) => ["list-tags", ...plainly(site, "--tls-verify=false"), `docker://${repository}`],
    remove: (site, image) => ["delete", ...plainly(site, "--tls-verify=false"), `docker://${image}`],
    removes: "manifest",
    mounts: "layers",
  },
  regctl: {
    program: peerProgram("regctl"),
    login: ({ host }) => ["registry", "login", host, "--user", user.username, "--pass-stdin"],
    push: (site, { dir }, to) => [...regctl(site), "image", "copy", `ocidir://${dir}:t`, to],
    copy: (site, from, to) => [...regctl(site), "image", "copy", from, to],
    pull: (site, from, dir) => [...regctl(site), "image", "copy", from, `ocidir://${dir}:t`],
    tags: (site, repository) => [...regctl(site), "tag", "ls", repository],
    remove: (site, image) => [...regctl(site), "tag", "rm", image],
    removes: "tag",
    mounts: "all",
  },
  oras: {
    program: peerProgram("oras"),
    login: ({ host }) => ["login", host, "--username", user.username, "--password-stdin"],
    push: (site, { dir }, to) => ["cp", "--no-tty", "--from-oci-layout", `${dir}:t`, ...plainly(site, "--to-plain-http"), to],
    copy: (site, from, to) => ["cp", "--no-tty", ...plainly(site, "--from-plain-http", "--to-plain-http"), from, to],
    pull: (site, from, dir) => ["cp", "--no-tty", ...plainly(site, "--from-plain-http"), from, "--to-oci-layout", `${dir}:t`],
    tags: (site, repository) => ["repo", "tags", ...plainly(site, "--plain-http"), repository],
    remove: (site, image) => ["manifest", "delete", ...plainly(site, "--plain-http"), "--force", image],
    removes: "manifest",
    mounts: "all",
  },
};

/** Runs a tool, which has to succeed, and gives what it printed. */
export async function use(tool: CopyTool, site: Site, argv: readonly string[]): Promise<string> {
  return await must(tool.program, argv, { env: site.env, cwd: site.dir });
}

/** Runs a tool's sign-in. */
export async function signIn(tool: CopyTool, site: Site, password: string = user.password): Promise<ProgramRun> {
  return await runProgram(tool.program, tool.login(site), { env: site.env, cwd: site.dir, input: password });
}
