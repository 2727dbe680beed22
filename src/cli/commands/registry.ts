import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { durationMs } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { formatBytes } from "../../report/index.ts";
import { serveRegistry } from "../../server/index.ts";
import { collectRepositories, diskRepositories, memoryRepositories } from "../../store/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";

export interface CollectOptions {
  readonly root: string;
  readonly olderThan: string;
  readonly dryRun?: boolean;
  readonly output: Output;
}

/** `waybill registry gc`: removes what nothing names. A repository that cannot be judged is left, and the exit code says so. */
export const collect: Run<CollectOptions> = async (options, edge) => {
  return await listening(listen(edge, options), async (emit) => {
    const root = resolve(edge.cwd, options.root);
    const collected: { repository: string; blobs: number; bytes: number }[] = [];
    let failed: Failure | undefined;
    const settings = { olderThanMs: ageMs(options.olderThan), dryRun: options.dryRun ?? false, signal: edge.signal };
    for await (const { repository, garbage, failure } of collectRepositories(root, settings)) {
      failed ??= failure;
      if (failure !== undefined) emit({ kind: "message", level: "warning", text: `${repository} is left as it is: ${failure.message}` });
      if (garbage !== undefined) collected.push({ repository, ...garbage });
    }
    const total = collected.reduce((sum, { blobs, bytes }) => ({ blobs: sum.blobs + blobs, bytes: sum.bytes + bytes }), {
      blobs: 0,
      bytes: 0,
    });
    const verb = options.dryRun ? "would be removed" : "removed";
    if (options.output === "json") await print(edge, JSON.stringify({ ...total, dryRun: settings.dryRun, repositories: collected }));
    else if (options.output === "github") await print(edge, `blobs=${total.blobs}\nbytes=${total.bytes}`);
    else {
      const lines = collected
        .filter(({ blobs }) => blobs > 0)
        .map(({ repository, blobs, bytes }) => `${repository}: ${blobs} (${formatBytes(bytes)})`);
      await print(edge, [...lines, `${total.blobs} blobs ${verb}, ${formatBytes(total.bytes)}`].join("\n"));
    }
    if (failed !== undefined) throw failed;
    return 0;
  });
};

function ageMs(text: string): number {
  const ms = /^\d{1,6}[mhd]$/.test(text) ? durationMs(text) : 0;
  if (ms > 0) return ms;
  throw new Failure("USAGE", `--older-than ${text} is no age`, { hint: "Give minutes, hours or days: 30m, 1h, 7d." });
}

export interface ServeOptions {
  readonly listen: string;
  readonly root?: string;
  readonly memory?: boolean;
  readonly immutable?: boolean;
  readonly mutableTag?: readonly string[];
  readonly readOnly?: boolean;
  readonly user?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly verbose?: boolean;
}

/** `waybill registry serve`: serves until it is interrupted, which is its ordinary end. */
export const serve: Run<ServeOptions> = async (options, edge) => {
  if (options.root !== undefined && options.memory)
    throw new Failure("USAGE", "--root and --memory exclude each other", { hint: "Give one of them." });
  if (options.mutableTag !== undefined && !options.immutable) {
    throw new Failure("USAGE", "--mutable-tag says nothing without --immutable", { hint: "Give --immutable as well." });
  }
  const tls = await certificate(options, edge);
  const renderer = await listen(edge, { verbose: options.verbose ?? false });
  const server = await serveRegistry({
    listen: options.listen,
    repositories: options.root === undefined ? memoryRepositories() : diskRepositories(resolve(edge.cwd, options.root)),
    immutable: options.immutable ?? false,
    readOnly: options.readOnly ?? false,
    mutableTags: options.mutableTag ?? [],
    emit: renderer.emit,
    tls,
    ...(options.user === undefined ? {} : { basic: { username: options.user, password: password(edge.env["WAYBILL_REGISTRY_PASSWORD"]) } }),
  });
  await print(edge, server.url);
  const where = options.root === undefined ? "in memory: images are gone when it ends" : `in ${options.root}`;
  edge.stderr.write(`serving ${where}; push to ${server.host}/NAME, end with Ctrl-C\n`);
  if (!edge.signal.aborted) await once(edge.signal, "abort");
  await server.close();
  renderer.close();
  return 0;
};

async function certificate({ tlsCert, tlsKey }: ServeOptions, edge: Edge) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Failure("USAGE", "--tls-cert and --tls-key need each other", { hint: "Give both, or neither for plain HTTP." });
  return { cert: await pem(tlsCert, edge), key: await pem(tlsKey, edge) };
}

async function pem(path: string, edge: Edge): Promise<string> {
  try {
    return await readFile(resolve(edge.cwd, path), "utf8");
  } catch (cause) {
    throw new Failure("USAGE", `cannot read ${path}`, { hint: "Name PEM files that this user may read.", cause });
  }
}

function password(value: string | undefined): string {
  if (value) return value;
  throw new Failure("USAGE", "--user needs a password in WAYBILL_REGISTRY_PASSWORD", {
    hint: "Set WAYBILL_REGISTRY_PASSWORD in the environment.",
  });
}
