/**
 * Checks on an image that is anywhere: an image in a Store comes in, findings go out. Nothing is written here, and
 * nothing is decided: who asks decides what a finding means. What reads layers to check them reads them for others too.
 */
export { archiveEntries, type Compression, entryPath, layerEntries, unpacked } from "./archive.ts";
export type { Check, Child, Inspected, Subject } from "./check.ts";
export { checks, surveyChecks, validate } from "./validate.ts";
