import { parseSync, Visitor } from "oxc-parser";

/** One import, export-from, dynamic import or import type, as it stands in a file. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/**
 * Everything that a TypeScript file imports, types included. Read by a parser: comments and strings cannot deceive it.
 * @throws Error where the file is no valid TypeScript
 */
export function importsOf(path: string, text: string): readonly Import[] {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const found: Import[] = [];
  const note = (source: { readonly type: string; readonly start: number } | null): void => {
    if (source === null) return;
    const line = text.slice(0, source.start).split("\n").length;
    const value = "value" in source ? source.value : undefined;
    if (typeof value !== "string") throw new Error(`${path}:${line}: imports something that is not a literal`);
    found.push({ specifier: value, line });
  };
  new Visitor({
    ImportDeclaration: (node) => note(node.source),
    ExportAllDeclaration: (node) => note(node.source),
    ExportNamedDeclaration: (node) => note(node.source),
    ImportExpression: (node) => note(node.source),
    TSImportType: (node) => note(node.source),
  }).visit(program);
  return found;
}
