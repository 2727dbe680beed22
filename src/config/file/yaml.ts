import {
  Alias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLParseError,
  type YAMLWarning,
} from "yaml";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { misplaced } from "../misplaced.ts";

/** Limits of a settings file: far above any real one, far below what would hurt. */
const limits = { bytes: 256 * 1024, nodes: 20_000, depth: 32 } as const;
const hint = "The README's section on configuration shows how waybill.yaml is written.";

/** Where in a value something is: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

/** A parsed file: plain data, and the line of each key and value. */
export interface ParsedYaml {
  readonly value: unknown;
  /** The line, counted from 1, of what is at the path; of the nearest thing around it where nothing is there. */
  line(path: Path): number;
}

/**
 * Parses YAML 1.2 that nobody vouches for: one document of maps with text keys, lists and scalars. Anchors work; merge
 * keys and tags of one's own don't.
 * @param name the file's name, for errors
 * @throws Failure CONFIG_INVALID with the line
 */
export function parseYaml(bytes: Uint8Array, name: string): ParsedYaml {
  if (bytes.length > limits.bytes)
    throw new Failure("CONFIG_INVALID", `${name} has ${bytes.length} bytes, more than ${limits.bytes}`, { hint });
  const lines = new Map<string, number>();
  const counter = new LineCounter();
  const at = (node: Node | null | undefined): number => counter.linePos(node?.range?.[0] ?? 0).line || 1;
  const invalid = (line: number, why: string): Failure => misplaced("CONFIG_INVALID", `${name}:${line}`, why, { hint });
  const document = parse(decode(bytes, name), counter, name);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw invalid(counter.linePos(problem.pos[0]).line || 1, `not valid YAML: ${reason(problem)}`);
  }
  let nodes = 0;

  const plain = (node: Node | null, path: Path, line: number, depth: number): unknown => {
    if (++nodes > limits.nodes) throw invalid(line, `more than ${limits.nodes} values, counting those that aliases repeat`);
    if (depth > limits.depth) throw invalid(line, `nested more than ${limits.depth} deep`);
    lines.set(JSON.stringify(path), line);
    if (node instanceof Alias) {
      const target = node.resolve(document);
      if (target === undefined) throw invalid(line, `the alias *${quoteForeign(node.source, 60)} names nothing above it`);
      return plain(target, path, line, depth + 1);
    }
    if (isMap(node)) return plainMap(node, path, depth);
    if (isSeq(node)) return node.items.map((item, i) => plain(item as Node | null, [...path, i], at(item as Node | null), depth + 1));
    return isScalar(node) ? node.value : null;
  };

  const plainMap = (map: YAMLMap, path: Path, depth: number): unknown => {
    const found = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const line = at(key as Node);
      const word = isScalar(key) ? key.value : undefined;
      if (typeof word !== "string") throw invalid(line, "a key is no text");
      if (word === "__proto__") throw invalid(line, '"__proto__" can be no key');
      if (found.has(word)) throw invalid(line, `"${quoteForeign(word, 60)}" stands here twice`);
      found.set(word, plain(value as Node | null, [...path, word], line, depth + 1));
    }
    return Object.fromEntries(found);
  };

  const value = plain(document.contents, [], 1, 0);
  return { value, line: (path) => nearestLine(lines, path) };
}

function nearestLine(lines: ReadonlyMap<string, number>, path: Path): number {
  return lines.get(JSON.stringify(path)) ?? (path.length === 0 ? 1 : nearestLine(lines, path.slice(0, -1)));
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Failure("CONFIG_INVALID", `${name} is not UTF-8 text`);
  }
}

function parse(source: string, lineCounter: LineCounter, name: string): ReturnType<typeof parseDocument> {
  try {
    // The library would compare each key with each, and copy lines for each error: both are slow in a large hostile file.
    return parseDocument(source, { lineCounter, uniqueKeys: false, merge: false, prettyErrors: false, version: "1.2", schema: "core" });
  } catch (thrown) {
    throw new Failure("CONFIG_INVALID", `${name} cannot be parsed as YAML`, { cause: thrown });
  }
}

function reason({ code, message }: YAMLParseError | YAMLWarning): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here";
  // The library composes recursively, and a thousand brackets exhaust the stack.
  if (message.includes("call stack")) return "nested too deep";
  return quoteForeign(message);
}
