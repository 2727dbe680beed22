import { Failure } from "../../failure/index.ts";
import { isPattern, namePattern } from "./match.ts";
import { join, resolvePath, type SourceFs, split } from "./rootfs.ts";

/** What is copied from. */
export interface SourcePlace {
  readonly from: SourceFs;
  /** How messages call the place: `the context`, `stage build`. */
  readonly fromName: string;
}

/**
 * The paths that a source names: itself, or what its pattern matches. Links are followed on the way to the first pattern, and in
 * patterns no more, as BuildKit does.
 * @throws Failure CONTEXT_INVALID for a source outside, DOCKERFILE_INVALID for a pattern that is none
 */
export function matchSource(source: string, place: SourcePlace): readonly string[] {
  const { from, fromName } = place;
  const parts = relativeParts(source, fromName);
  const first = parts.findIndex(isPattern);
  if (first === -1) return [parts.join("/")];
  const before = parts.slice(0, first).join("/");
  const start = resolvePath(from, before);
  if (start === undefined || (start !== "" && from.get(start) === undefined)) throw missing(before, place);
  let found: readonly string[] = [start];
  for (const part of parts.slice(first)) {
    const pattern = namePattern(part);
    if (pattern === undefined) throw new Failure("DOCKERFILE_INVALID", `${JSON.stringify(source)} is not a pattern`, { hint: patternHint });
    found = found.flatMap((dir) =>
      from
        .children(dir)
        .filter((name) => pattern.test(name))
        .map((name) => join(dir, name)),
    );
  }
  return found;
}

const patternHint = "Patterns have *, ? and [a-z]; a backslash before one of these signs takes it as it is.";

/** The most characters of a path, as Linux has it (path_resolution(7)). */
const pathLimit = 4_096;

/** @throws Failure CONTEXT_INVALID for a path that is longer than any can be */
export function checkLength(path: string): void {
  if (path.length <= pathLimit) return;
  throw new Failure("CONTEXT_INVALID", `${path.slice(0, 50)}… has more than ${pathLimit} characters`, {
    hint: "No path is as long as that.",
  });
}

/** A source's parts from the root of what it is copied from. */
export function relativeParts(source: string, fromName: string): readonly string[] {
  const parts: string[] = [];
  checkLength(source);
  for (const part of source.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) {
      throw new Failure("CONTEXT_INVALID", `${source} is outside ${fromName}`, {
        hint: "Name files inside; a larger context is given with --context or build.context.",
      });
    }
  }
  return parts;
}

/** Why there is nothing at a path, and what is near it. */
export function missing(path: string, { from, fromName }: SourcePlace): Failure {
  const link = brokenLink(from, path);
  if (link !== undefined) {
    const why = link.circular ? "which leads back to itself" : `which ${fromName} does not hold`;
    return new Failure("CONTEXT_INVALID", `${path} is behind the symbolic link ${link.path} to ${link.target}, ${why}`, {
      hint: "Links are followed inside only: copy the file itself, or commit what the link leads to.",
    });
  }
  const [parent, name] = split(path);
  const near = from
    .children(resolvePath(from, parent) ?? parent)
    .filter((one) => one.toLowerCase() === name.toLowerCase() || one.startsWith(name.slice(0, 3)));
  const hint =
    near.length > 0 ? `There is ${near.slice(0, 5).join(", ")}.` : "Look whether it is committed, and whether .dockerignore leaves it out.";
  return new Failure("CONTEXT_INVALID", `${fromName} has no ${path}`, { hint });
}

/** The first symbolic link on a path that leads to nothing, or in circles. */
function brokenLink(
  from: SourceFs,
  path: string,
): { readonly path: string; readonly target: string; readonly circular: boolean } | undefined {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const here = resolvePath(from, parts.slice(0, length).join("/"), false);
    const node = here === undefined ? undefined : from.get(here);
    if (here === undefined || node === undefined) return undefined;
    if (node.kind !== "symlink") continue;
    const end = resolvePath(from, here);
    if (end === undefined || (end !== "" && from.get(end) === undefined))
      return { path: here, target: node.target, circular: end === undefined };
  }
  return undefined;
}
