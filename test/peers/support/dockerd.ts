import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aDaemon } from "./daemon.ts";
import { ownNetwork } from "./network.ts";
import { peerProgram } from "./programs.ts";
import { type ProgramOptions, type ProgramRun, runProgram } from "./run.ts";

/** A Docker daemon of the test's own. */
export interface Dockerd extends AsyncDisposable {
  /** What a program needs in its environment to speak to this daemon, and to have buildx. */
  readonly env: Readonly<Record<string, string>>;
  docker(...argv: readonly string[]): Promise<ProgramRun>;
  /** Runs a program where the daemon's network is, which publishes ports there. */
  inside(program: string, argv: readonly string[], options?: ProgramOptions): Promise<ProgramRun>;
}

/** Where a daemon's containers are. */
export interface DockerdOptions {
  /**
   * `host` sees the registries of 127.0.0.1, and has no network for containers; `own` has such a network and sees nobody, so that
   * the machine's stays as it is.
   */
  readonly network: "host" | "own";
}

/** A Docker daemon with its own state, socket and configuration, all gone when the scope ends. It needs root. */
export async function aDockerd({ network }: DockerdOptions): Promise<Dockerd> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-dockerd-"));
  const remove = async (): Promise<void> => await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  const socket = join(dir, "docker.sock");
  const config = join(dir, "client");
  await mkdir(join(config, "cli-plugins"), { recursive: true });
  await symlink(peerProgram("buildx"), join(config, "cli-plugins/docker-buildx"));
  // Docker's own image store, which builds no OCI layout, is what most machines have.
  await writeFile(join(dir, "daemon.json"), JSON.stringify({ features: { "containerd-snapshotter": false } }));
  const argv = ["--config-file", join(dir, "daemon.json"), "--data-root", join(dir, "data"), "--exec-root", join(dir, "exec")];
  argv.push("--pidfile", join(dir, "pid"), "--host", `unix://${socket}`, "--iptables=false", "--ip6tables=false");
  argv.push(...(network === "host" ? ["--bridge=none"] : []));
  // A machine's own containerd may run already, and serve a Docker daemon of its own.
  argv.push("--containerd-namespace", "waybill-test", "--containerd-plugins-namespace", "waybill-test-plugins");
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config };
  const docker: Dockerd["docker"] = async (...words) => await runProgram("docker", words, { env });
  try {
    const [program = "", ...words] = network === "host" ? ["dockerd"] : ownNetwork("dockerd");
    const daemon = await aDaemon(program, {
      argv: [...words, ...argv],
      env: { DOCKER_HOST: undefined, DOCKER_CONFIG: undefined },
      ready: async () => (await docker("version", "--format", "{{.Server.Version}}")).exitCode === 0,
    });
    return {
      env,
      docker,
      async inside(program, words, options) {
        const pid = (await readFile(join(dir, "pid"), "utf8")).trim();
        return await runProgram("nsenter", [`--net=/proc/${pid}/ns/net`, program, ...words], options);
      },
      async [Symbol.asyncDispose]() {
        await daemon[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}
