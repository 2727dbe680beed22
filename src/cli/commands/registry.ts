import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../../failure/index.ts";
import { serveRegistry } from "../../server/index.ts";
import { diskRepositories, memoryRepositories } from "../../store/index.ts";
import { type Edge, print, type Run } from "../edge.ts";
import { listen } from "../listen.ts";

export interface ServeOptions {
  readonly listen: string;
  readonly root?: string;
  readonly memory?: boolean;
  readonly immutable?: boolean;
  readonly mutableTag?: readonly string[];
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
