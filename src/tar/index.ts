/**
 * Reads and writes tar archives. Reading: bytes come in, entries go out, each with its content to be streamed. All that is in an archive is hostile until
 * parsed: what is not well-formed ends the reading, and nothing is taken from outside the bytes. Nothing is unpacked here, and
 * where a name leads is for others to judge. Writing: entries come in, bytes go out, and the same entries give the same bytes.
 */
export { type Attributes, archive, type Recycling, type Special, type TarEntry } from "./archive.ts";
export { type ArchivedEntry, tarEntries } from "./entries.ts";
export { TarError } from "./error.ts";
export type { TarHeader } from "./header.ts";
