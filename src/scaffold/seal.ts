import { createHash } from "node:crypto";

const line = /^# Written by `waybill init`, which renews it while nothing else is changed in it \(([0-9a-f]{16})\)\.\r?\n/m;

/** A text with a comment before a line, by which it is known later that nobody changed it. */
export function sealed(text: string, before: string): string {
  const at = text.indexOf(before);
  return `${text.slice(0, at)}# Written by \`waybill init\`, which renews it while nothing else is changed in it (${seal(text)}).\n${text.slice(at)}`;
}

/** Whether a text is as it was sealed; git may have changed its line ends. */
export function isSealed(text: string): boolean {
  const [found, digest] = line.exec(text) ?? [];
  return found !== undefined && seal(text.replace(found, "")) === digest;
}

function seal(text: string): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex").slice(0, 16);
}
