import type { Kind } from "../config/index.ts";
import { Failure, quoteForeign } from "../failure/index.ts";

/**
 * What a flag was given, in its normal form.
 * @throws Failure USAGE where it is not of its kind
 */
export function checked(flag: string, value: string, kind: Kind): string {
  const parsed = kind.parse(value);
  if (parsed !== undefined) return parsed;
  throw new Failure("USAGE", `${flag} takes ${kind.expected}, not "${quoteForeign(value, 100)}"`);
}
