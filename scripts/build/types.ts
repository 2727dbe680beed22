import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Emits the declarations of everything that the library's face reaches.
 * @throws what tsc printed
 */
export async function emitTypes(root: string, out: string): Promise<void> {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const argv = [compiler, "-p", join(root, "tsconfig.types.json"), "--outDir", out];
  await promisify(execFile)(process.execPath, argv, { cwd: root }).catch((error: { readonly stdout?: string }) => {
    throw new Error(`tsc could not emit the types:\n${error.stdout ?? ""}`, { cause: error });
  });
}
