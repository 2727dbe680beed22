/**
 * The words of a command, to be run in a network of its own: it has a loopback interface and sees nobody, and what a runtime does to
 * interfaces and packet filters is gone with it. It needs root.
 */
export function ownNetwork(...words: readonly string[]): readonly string[] {
  return ["unshare", "--net", "sh", "-c", '/bin/busybox ip link set lo up && exec "$@"', "sh", ...words];
}
