import type { ImageConfig, ImageManifest } from "../../oci/index.ts";
import type { Store } from "../../store/index.ts";
import { kindOf } from "./elf.ts";
import { type Budget, OverBudget, readLayer } from "./layer.ts";
import { emptyTree, type Found, follow, type Tree } from "./tree.ts";

/** What was found of an image's program. */
export type Program =
  /** The image names none. */
  | { readonly kind: "none" }
  /** It is in no layer. */
  | { readonly kind: "missing"; readonly name: string }
  | { readonly kind: "elf"; readonly path: string; readonly architecture: string }
  | { readonly kind: "other"; readonly path: string }
  /** The layers are larger than what is read. */
  | { readonly kind: "too-large" };

/** At most 8 GiB unpacked and two million entries are read; an honest image that is larger is not judged. */
const budget = (): Budget => ({ bytes: 8 * 2 ** 30, entries: 2_000_000 });
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** How many interpreters may stand one behind the other, as Linux has it. */
const interpreterLimit = 4;

/**
 * Finds the program that an image starts: through PATH, symbolic links and a script's interpreter. Reads layers from the
 * top, as many as it takes.
 * @throws Failure IMAGE_INVALID, and those of the store
 */
export async function findProgram(store: Store, manifest: ImageManifest, config: ImageConfig, signal?: AbortSignal): Promise<Program> {
  const argv = argvOf(config);
  if (argv[0] === undefined) return { kind: "none" };
  const tree = emptyTree();
  const left = budget();
  const layers = manifest.layers.toReversed();
  try {
    for (const layer of layers) {
      const before = tree.nodes.size;
      let seen = before;
      const done = (): boolean => {
        // Looking after every entry would cost more than it saves.
        if (tree.nodes.size < seen + 512) return false;
        seen = tree.nodes.size;
        return settled(tree, argv, config) !== undefined;
      };
      await readLayer(store, layer, tree, { budget: left, done, signal });
      const program = settled(tree, argv, config);
      if (program !== undefined) return program;
    }
  } catch (thrown) {
    if (thrown instanceof OverBudget) return { kind: "too-large" };
    throw thrown;
  }
  return locate(tree, argv, config, true) ?? { kind: "missing", name: argv[0] };
}

function settled(tree: Tree, argv: readonly string[], config: ImageConfig): Program | undefined {
  const program = locate(tree, argv, config, false);
  // Missing is known for certain only when all layers were read.
  return program?.kind === "missing" ? undefined : program;
}

function argvOf({ config }: ImageConfig): readonly string[] {
  return config?.Entrypoint?.length ? config.Entrypoint : (config?.Cmd ?? []);
}

/** The program behind a command line, or undefined while lower layers may still tell. */
function locate(tree: Tree, argv: readonly string[], config: ImageConfig, complete: boolean): Program | undefined {
  let words = argv;
  for (let depth = 0; depth <= interpreterLimit; depth++) {
    const [name = ""] = words;
    const found = search(tree, name, config, complete);
    if (found.kind === "unknown") return undefined;
    if (found.kind === "missing") return { kind: "missing", name };
    const kind = kindOf(found.head);
    if (kind.kind === "elf") return { kind: "elf", path: found.path, architecture: kind.architecture };
    if (kind.kind === "other") return { kind: "other", path: found.path };
    words = behindEnv(kind.interpreter);
  }
  return { kind: "other", path: argv[0] ?? "" };
}

/** `#!/usr/bin/env -S node --flag` runs node. */
function behindEnv(interpreter: readonly string[]): readonly string[] {
  if (!interpreter[0]?.endsWith("/env")) return interpreter;
  const program = interpreter.slice(1).find((word) => !word.startsWith("-") && !word.includes("="));
  return program === undefined ? interpreter : [program];
}

/** A name with a slash is a path from the working directory; any other is looked for in PATH's folders, in their order. */
function search(tree: Tree, name: string, config: ImageConfig, complete: boolean): Found {
  const runtime = config.config;
  if (name.includes("/")) return follow(tree, name.startsWith("/") ? name : `${runtime?.WorkingDir ?? ""}/${name}`, complete);
  const path = runtime?.Env?.find((one) => one.startsWith("PATH="))?.slice("PATH=".length) || defaultPath;
  let unknown = false;
  for (const folder of path.split(":").slice(0, 64)) {
    const found = follow(tree, `${folder}/${name}`, complete);
    if (found.kind === "file" && !unknown) return found;
    // An earlier folder that a lower layer may fill goes first.
    if (found.kind === "unknown") unknown = true;
  }
  return { kind: unknown ? "unknown" : "missing" };
}
