import type { Plugin } from "esbuild";

/** What our own code and the parser of arguments import of Node at start. */
const modules = [
  "child_process",
  "crypto",
  "events",
  "fs",
  "fs/promises",
  "os",
  "path",
  "process",
  "stream",
  "stream/promises",
  "string_decoder",
  "timers/promises",
  "url",
  "util",
  "zlib",
];

/** Those that take milliseconds to load, and of which only functions are used: each loads when one of them is called. */
const onCall = new Set(["child_process", "crypto", "zlib"]);

const namespace = "builtins";
const everything = "all";

/**
 * Takes of Node's own modules, in the bundle, only the exports that are used. An import statement makes every export of
 * a module, also those that Node makes on demand: `node:process` costs each start 7 ms so, `node:fs` and `node:util` 4 ms each.
 * They stand in one module, so that they come in one chunk.
 */
export const usedBuiltins: Plugin = {
  name: "used-builtins",
  setup: (plugin) => {
    plugin.onResolve({ filter: /^(?:node:)?[a-z_/]+$/ }, ({ path, kind, importer }) => {
      const name = path.replace(/^node:/, "");
      const ours = /[\\/](?:src|node_modules[\\/]commander)[\\/]/.test(importer) && kind === "import-statement";
      return ours && modules.includes(name) ? { path: name, namespace, sideEffects: false } : undefined;
    });
    plugin.onResolve({ filter: /^all$/, namespace }, () => ({ path: everything, namespace, sideEffects: false }));
    plugin.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: path === everything ? all() : face(path) }));
  },
};

function variable(module: string, name: string): string {
  return `${module.replace("/", "_")}$${name}`;
}

/** What a module has in the Node that bundles: names of a newer one are undefined in an older, and nobody asks for them there. */
function namesOf(module: string): readonly (readonly [name: string, isFunction: boolean])[] {
  const found = process.getBuiltinModule(`node:${module}`) as unknown as Readonly<Record<string, unknown>>;
  const callable = (name: string): boolean => onCall.has(module) && typeof found[name] === "function" && /^[a-z]/.test(name);
  return Object.keys(found)
    .filter((name) => /^[A-Za-z]\w*$/.test(name))
    .map((name) => [name, callable(name)]);
}

function face(module: string): string {
  const names = ["default", ...namesOf(module).map(([name]) => name)];
  return `export { ${names.map((name) => `${variable(module, name)} as ${name}`).join(", ")} } from "${everything}";`;
}

function all(): string {
  const lines = modules.flatMap((module) => {
    const get = `process.getBuiltinModule("node:${module}")`;
    // Marked as pure, so that what nobody uses is left out.
    const pure = (value: string): string => `/* @__PURE__ */ (() => ${value})()`;
    const whole = onCall.has(module)
      ? pure(
          `({ ${namesOf(module)
            .map(([name]) => `get ${name}() { return ${get}.${name}; }`)
            .join(", ")} })`,
        )
      : pure(get);
    return [
      `export const ${variable(module, "default")} = ${whole};`,
      ...namesOf(module).map(([name, isFunction]) =>
        isFunction
          ? `export function ${variable(module, name)}(...given) { return ${get}.${name}(...given); }`
          : `export const ${variable(module, name)} = ${pure(`${get}.${name}`)};`,
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}
