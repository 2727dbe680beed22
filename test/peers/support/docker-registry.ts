import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aDaemon, aFreePort } from "./daemon.ts";

/**
 * Debian's docker-registry (github.com/distribution/distribution), over a folder that is gone when the scope ends.
 * @returns `files`: what the folder holds now
 */
export async function aDockerRegistry(): Promise<
  { readonly host: string; readonly files: () => Promise<readonly string[]> } & AsyncDisposable
> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-registry-"));
  const host = `127.0.0.1:${await aFreePort()}`;
  const config = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
    http: { addr: host },
  };
  const file = join(dir, "config.yml");
  // JSON is YAML as well.
  await writeFile(file, JSON.stringify(config));
  const remove = async (): Promise<void> => await rm(dir, { recursive: true, force: true });
  try {
    const daemon = await aDaemon("docker-registry", {
      argv: ["serve", file],
      env: { OTEL_TRACES_EXPORTER: "none" },
      ready: async () => (await fetch(`http://${host}/v2/`)).ok,
    });
    return {
      host,
      files: async () => (await readdir(join(dir, "data"), { recursive: true })).toSorted(),
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
