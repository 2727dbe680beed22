/**
 * Reads tar archives: bytes come in, entries go out, each with its content to be streamed. All that is in an archive is hostile until
 * parsed: what is not well-formed ends the reading, and nothing is taken from outside the bytes. Nothing is unpacked here, and
 * where a name leads is for others to judge.
 */
export { type TarEntry, tarEntries } from "./entries.ts";
export { TarError } from "./error.ts";
export type { TarHeader } from "./header.ts";
