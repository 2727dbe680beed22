import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, quoteForeign } from "../failure/index.ts";
import { run } from "../process/index.ts";

/** Which waybill a repository runs: what npm takes it from, and what its package must be. */
export interface Pin {
  readonly version: string;
  /** What `npm pack` takes: `waybill@1.2.3`, or a package elsewhere. */
  readonly package: string;
  /** `sha512-…`, as in lock files (W3C, "Subresource Integrity"). */
  readonly integrity: string;
}

/** Milliseconds that fetching the package may take. */
const fetchMs = 120_000;
const longest = 200;

/**
 * Fetches the package as the wrapper will, and notes what it is.
 * @param from `waybill@VERSION`, the path of a package in the repository, or its https:// address
 * @throws Failure USAGE for what is none of these; NOT_FOUND where npm cannot get it
 */
export async function pinOf(
  from: string,
  { root, version, signal }: { readonly root: string; readonly version: string; readonly signal?: AbortSignal | undefined },
): Promise<Pin> {
  // It stands in single quotes in a shell script.
  if (!/^(?:waybill@[\w.+-]+|https:\/\/[\w.:/@+~%-]+|(?:\.\/)?[\w.+-][\w./+ -]*\.tgz)$/.test(from) || from.length > longest)
    throw new Failure("USAGE", `--package takes waybill@VERSION, the path of a .tgz in the repository, or its https:// address`, {
      hint: "Leave it out to pin the version that runs now.",
    });
  const spec = /^(?:waybill@|https:|\.\/)/.test(from) ? from : `./${from}`;
  const folder = await mkdtemp(join(tmpdir(), "waybill-pin-"));
  try {
    const argv = ["pack", "--loglevel=error", "--ignore-scripts", "--pack-destination", folder, spec];
    const { exitCode, stderr } = await run("npm", argv, { cwd: root, timeoutMs: fetchMs, signal });
    const [file] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
    if (exitCode !== 0 || file === undefined) throw notThere(spec, stderr);
    const digest = createHash("sha512")
      .update(await readFile(join(folder, file)))
      .digest("base64");
    // A package elsewhere may be another version than the one that runs.
    const found = /^waybill-(.+)\.tgz$/.exec(file)?.[1];
    if (found === undefined) throw new Failure("USAGE", `${spec} is a package of another name: ${quoteForeign(file, 100)}`);
    return { version: spec.startsWith("waybill@") ? version : found, package: spec, integrity: `sha512-${digest}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function notThere(spec: string, stderr: string): Failure {
  const said = quoteForeign(stderr);
  return new Failure("NOT_FOUND", `npm cannot get ${spec}, so it cannot be pinned${said === "" ? "" : `: ${said}`}`, {
    hint: `Look what \`npm pack ${spec}\` says. A package that is in no registry can be committed, and named with --package PATH.`,
  });
}
