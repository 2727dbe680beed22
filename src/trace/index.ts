/**
 * What is known afterwards: the record of a publication, attached to the image in the registry as an OCI referrer. An
 * image in a Store comes in, records go out. This room does not decide what is published.
 */
export { attachRecord, isRecorded, type PublishRecord, readRecord, recordsOf, recordType } from "./record.ts";
