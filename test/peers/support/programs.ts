import { homedir } from "node:os";
import { join } from "node:path";

/** Where test/peers/install.sh puts what it installs. */
export const peers = process.env["WAYBILL_PEERS"] || join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "waybill-peers");

/** Where test/peers/install.sh put a program. */
export function peerProgram(name: string): string {
  return join(peers, "bin", name);
}

/** Where test/peers/install.sh put a program of its Python environment. */
export function peerPython(name: string): string {
  return join(peers, "python/bin", name);
}
