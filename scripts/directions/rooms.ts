/**
 * The rooms of src/, lowest first; rooms of one line stand side by side. A room may import only what stands on a
 * line above its own. aws stands over store, because it signs in for it; action over cli, because it is a command line made of inputs.
 */
const order: readonly (readonly string[])[] = [
  ["failure"],
  ["oci", "tar"],
  ["process"],
  ["report"],
  ["git", "github", "config"],
  ["store"],
  ["aws"],
  ["server"],
  ["validate"],
  ["build"],
  ["trace", "smoke"],
  ["publish", "scaffold", "doctor"],
  ["cli"],
  ["action"],
];

/** Files in src/ itself, and whether they stand under all rooms or over them. */
export const looseFiles: Readonly<Record<string, "under" | "over">> = { "version.ts": "under", "index.ts": "over" };

/** Height of the room or loose file that a path (relative to src/) lies in, or undefined where the table has none. */
export function heightOf(path: string): number | undefined {
  const [first = "", ...rest] = path.split("/");
  if (rest.length === 0) {
    const place = looseFiles[first];
    return place === undefined ? undefined : place === "under" ? -1 : order.length;
  }
  const height = order.findIndex((rooms) => rooms.includes(first));
  return height === -1 ? undefined : height;
}

/** The room that a path lies in; a loose file is a room of its own. */
export function roomOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}
