import { TarError } from "./error.ts";

/**
 * A number in a header: octal digits between spaces and zero bytes, or base 256 in two's complement where the first bit is set (GNU
 * tar manual, "Extensions to the archive format"). An empty field is zero.
 * @throws TarError for what is no number, or one that JavaScript cannot count to
 */
export function numberIn(block: Uint8Array, from: number, length: number): number {
  const field = block.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return base256(field);
  const written = Buffer.from(field).toString("latin1");
  const [, digits] = /^[ \0]*([0-7]*)[ \0]*(?:\0.*)?$/s.exec(written) ?? [];
  if (digits === undefined) throw new TarError(`a header is broken: ${JSON.stringify(written)} is no octal number`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function base256(field: Uint8Array): number {
  let value = BigInt.asIntN(7, BigInt(field[0] ?? 0));
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  return safe(value);
}

/**
 * A decimal number, as pax headers have it.
 * @throws TarError for what is no number, or one that JavaScript cannot count to
 */
export function decimal(text: string): number {
  if (!/^-?\d{1,30}$/.test(text)) throw new TarError(`${JSON.stringify(text.slice(0, 50))} is no number`);
  return safe(BigInt(text));
}

function safe(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) throw new TarError(`the number ${value} is too large`);
  return Number(value);
}
