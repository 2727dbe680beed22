import { basename } from "node:path";
import type { Metafile } from "esbuild";

/**
 * A name for each piece of a bundle that says what is in it, and stays while that changes. esbuild names pieces by what they hold and
 * name, so that one changed letter would rename every piece that imports it, and every piece that imports those.
 * @returns names that esbuild gave, and those to be given
 */
export function chunkNames({ outputs }: Metafile): ReadonlyMap<string, string> {
  const pieces = Object.entries(outputs).filter(([path]) => path.includes("/chunks/"));
  const names = pieces.map(([path, { entryPoint, inputs }]) => {
    // A module is in one piece only, so the first one tells them apart; a file, where there is one.
    const modules = Object.keys(inputs).sort();
    const first = modules.find((one) => !/^[\w-]+:/.test(one)) ?? modules[0] ?? "runtime";
    return [basename(path), entryPoint === undefined ? `shared-${slug(first)}.js` : `${slug(entryPoint)}.js`] as const;
  });
  const [twice] = names.filter(([, name], index) => names.findIndex(([, other]) => other === name) !== index);
  if (twice !== undefined) throw new Error(`two pieces of the bundle would be called ${twice[1]}: give one of their modules another name`);
  return new Map(names);
}

/** Replaces the names of pieces in a text. */
export function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/[\w-]+-[A-Z0-9]{8}\.js\b/g, (name) => names.get(name) ?? name);
}

function slug(path: string): string {
  return path
    .replace(/^(?:src|node_modules)\//, "")
    .replace(/\.\w+$/, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-/, "");
}
