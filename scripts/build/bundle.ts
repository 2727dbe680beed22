import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from "esbuild";
import { usedBuiltins } from "./builtins.ts";
import { chunkNames, renamed } from "./chunk-names.ts";

const common = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.22",
  // Without this the CommonJS half of packages that have both is taken, which cannot be shaken.
  mainFields: ["module", "main"],
  minifySyntax: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** CommonJS packages inside an ES module ask for Node's own modules by `require`. */
export const requireShim =
  'import { createRequire as _createRequire } from "node:module";\nconst require = _createRequire(import.meta.url);';

/** Keeps the main part out of the entry: the entry answers `--version` without it, and needs no shim. */
const mainApart: Plugin = {
  name: "main-apart",
  setup: (plugin) => plugin.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./main.js", external: true })),
};

/**
 * A CommonJS package that is loaded lazily keeps its named exports, as in Node; esbuild alone leaves only `default`.
 * Node itself is asked for the names.
 */
const lazyCommonJs: Plugin = {
  name: "lazy-common-js",
  setup: (plugin) => {
    const namespace = "lazy-common-js";
    plugin.onResolve({ filter: /^[^./]/ }, async ({ kind, path, importer, resolveDir }) => {
      if (kind !== "dynamic-import" || path.startsWith("node:") || importer.includes("node_modules")) return undefined;
      const resolved = await plugin.resolve(path, { kind: "import-statement", importer, resolveDir });
      const isModule = /^(?:import|export)\b/m.test(await readFile(resolved.path, "utf8"));
      return isModule ? undefined : { path, namespace, pluginData: { resolveDir } };
    });
    plugin.onLoad({ filter: /.*/, namespace }, async ({ path, pluginData }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[A-Za-z$][\w$]*$/.test(name));
      return { contents: `export { ${names.join(", ")} } from "${path}";\n`, resolveDir: pluginData.resolveDir };
    });
  },
};

/**
 * Bundles the command: `cli.js`, which answers `--version`; `main.js`; and in `chunks/` what is loaded only where it is used.
 * @returns the files that went in, relative to the root
 */
export async function bundleCommand(root: string, out: string): Promise<readonly string[]> {
  const options = { ...common, absWorkingDir: root, outdir: out } satisfies BuildOptions;
  const [entry, main] = await Promise.all([
    build({ ...options, entryPoints: { cli: "src/cli/entry.ts" }, plugins: [mainApart] }),
    build({
      ...options,
      entryPoints: { main: "src/cli/main.ts" },
      plugins: [lazyCommonJs, usedBuiltins],
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
      write: false,
    }),
  ]);
  await writeChunks(main);
  return [...Object.keys(entry.metafile.inputs), ...Object.keys(main.metafile.inputs)];
}

/**
 * Bundles the action: `main.js` and `post.js`, which the runner starts, and in `chunks/` what is loaded only where it is used.
 * It is checked in, so it holds no more than it has to; the same sources give the same bytes.
 * @returns the files that went in, relative to the root
 */
export async function bundleAction(root: string, out: string): Promise<readonly string[]> {
  const action = await build({
    ...common,
    absWorkingDir: root,
    outdir: out,
    entryPoints: { main: "src/action/main.ts", post: "src/action/post.ts" },
    plugins: [lazyCommonJs, usedBuiltins],
    minifyWhitespace: true,
    minifyIdentifiers: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    write: false,
  });
  await writeChunks(action);
  return Object.keys(action.metafile.inputs);
}

interface Bundled {
  readonly outputFiles: readonly OutputFile[];
  readonly metafile: Metafile;
}

/**
 * Writes the pieces of a bundle. Each piece costs every command that loads it a millisecond or so: those with nothing in
 * them are left out, and the shim stands only where `require` is used.
 */
async function writeChunks({ outputFiles, metafile }: Bundled): Promise<void> {
  const names = chunkNames(metafile);
  const files = outputFiles.map(({ path, text }) => ({ path: renamed(path, names), text: renamed(text, names) }));
  const empty = files.filter(({ text }) => text.trim() === "").map(({ path }) => basename(path));
  for (const { path, text } of files) {
    if (empty.includes(basename(path))) continue;
    const needed = text.replace(/\bimport ?"([^"]+)";\n?/g, (all, file: string) => (empty.includes(basename(file)) ? "" : all));
    const shim = needed.includes("typeof require") ? `${requireShim}\n` : "";
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, shim + needed);
  }
}

/** Bundles the library: one file whose packages stay outside, because they are the package's dependencies. */
export async function bundleLibrary(root: string, out: string): Promise<void> {
  await build({ ...common, absWorkingDir: root, outdir: out, entryPoints: { index: "src/index.ts" }, packages: "external" });
}

/** The package folders (`node_modules/NAME`) that files lie in, sorted. */
export function packagesOf(root: string, inputs: readonly string[]): readonly string[] {
  const pattern = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
  const folders = inputs.map((input) => pattern.exec(input)?.[0]).filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort().map((folder) => join(root, folder));
}
