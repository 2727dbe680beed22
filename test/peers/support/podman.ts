import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownNetwork } from "./network.ts";
import { type ProgramOptions, type ProgramRun, runProgram } from "./run.ts";

/** podman with images and containers of its own, in a network of its own. */
export interface Podman extends AsyncDisposable {
  podman(...argv: readonly string[]): Promise<ProgramRun>;
  /** Runs a program that uses it. */
  inside(program: string, argv: readonly string[], options?: ProgramOptions): Promise<ProgramRun>;
}

/** Makes it; all of it is gone when the scope ends. It needs root. */
export async function aPodman(): Promise<Podman> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-podman-"));
  const [config, storage] = [join(dir, "containers.conf"), join(dir, "storage.conf")];
  // A machine without systemd, and one that does not let limits be raised, run it too.
  const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]';
  await writeFile(
    config,
    `[containers]\n${limits}\nlog_driver = "k8s-file"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`,
  );
  await writeFile(storage, `[storage]\ndriver = "vfs"\ngraphroot = "${join(dir, "root")}"\nrunroot = "${join(dir, "run")}"\n`);
  const env = { CONTAINERS_CONF: config, CONTAINERS_STORAGE_CONF: storage };
  const inside: Podman["inside"] = async (program, argv, options = {}) => {
    const [unshare = "", ...words] = ownNetwork(program, ...argv);
    return await runProgram(unshare, words, { ...options, env: { ...options.env, ...env } });
  };
  return {
    podman: async (...argv) => await inside("podman", argv),
    inside,
    async [Symbol.asyncDispose]() {
      await inside("podman", ["system", "reset", "--force"]);
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
