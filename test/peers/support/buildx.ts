import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { buildxEngine } from "../../../src/build/buildx/engine.ts";
import type { BuildRequest, Built } from "../../../src/build/index.ts";
import type { Event } from "../../../src/report/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { type ReadImage, readImage } from "../../support/built.ts";
import { aBuildRequest, type RequestOptions } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";
import { busybox } from "./busybox.ts";
import { peerProgram } from "./programs.ts";
import { must } from "./run.ts";

/** What a build is asked beside its Dockerfile. */
export interface BuildxOptions extends RequestOptions, Pick<BuildRequest, "secrets" | "ssh" | "cache" | "pins"> {
  readonly builder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A build that was done. */
export interface BuildxBuilt extends ReadImage {
  readonly built: Built;
  readonly events: readonly Event[];
}

/** A user of buildx, with a docker configuration of its own. */
export interface BuildxUser extends AsyncDisposable {
  readonly config: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Builds with the engine, in the test's own process. */
  build(dockerfile: string, options?: BuildxOptions, events?: Event[]): Promise<BuildxBuilt>;
  buildx(...argv: readonly string[]): Promise<string>;
}

/** Words that every Dockerfile needs that runs programs and has no base image: a busybox, and it as the shell. */
export const shell = 'FROM scratch\nCOPY busybox /bin/busybox\nSHELL ["/bin/busybox", "sh", "-c"]\n';

export async function aBuildxUser(): Promise<BuildxUser> {
  const folder = await aFolder();
  const config = folder.path;
  await mkdir(join(config, "cli-plugins"));
  await symlink(peerProgram("buildx"), join(config, "cli-plugins/docker-buildx"));
  const env = { ...process.env, DOCKER_CONFIG: config, DOCKER_HOST: undefined, BUILDX_CONFIG: undefined, BUILDX_BUILDER: undefined };
  const { content } = busybox() as { readonly content: Uint8Array };
  return {
    config,
    env,
    async build(dockerfile, { builder, env: more, secrets, ssh, cache, pins, ...options } = {}, events = []) {
      await using temporary = await aFolder();
      const files = { busybox: { content, mode: 0o755 }, Dockerfile: dockerfile, ...options.files };
      const request = { ...aBuildRequest(dockerfile, { ...options, files }), secrets, ssh, cache, pins };
      const store = memoryStore();
      const engine = buildxEngine({ builder, env: { ...env, ...more }, tempDir: temporary.path });
      const built = await engine.build(request, store, { emit: (event) => void events.push(event) });
      return { built, events, ...(await readImage(store, built.content)) };
    },
    buildx: async (...argv) => await must("docker", ["buildx", ...argv], { env }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
