import { Failure } from "../failure/index.ts";
import { type Digest, isDigest, isTag, parseReference, type Reference, type Tag } from "../oci/index.ts";

/** Where an image is, as a person writes it. */
export type Location =
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "layout"; readonly dir: string; readonly tag?: Tag; readonly digest?: Digest };

/**
 * Parses `HOST/REPOSITORY[:TAG][@DIGEST]` or `oci:DIR[:TAG]` or `oci:DIR@DIGEST`.
 * @throws Failure REFERENCE_INVALID
 */
export function parseLocation(text: string): Location {
  if (!text.startsWith("oci:")) return { kind: "registry", reference: parseReference(text) };
  const rest = text.slice("oci:".length);
  const at = rest.lastIndexOf("@");
  const digest = at === -1 ? undefined : rest.slice(at + 1);
  if (digest !== undefined && isDigest(digest)) return layout(text, { dir: rest.slice(0, at), digest });
  const colon = rest.lastIndexOf(":");
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && isTag(tag)) return layout(text, { dir: rest.slice(0, colon), tag });
  return layout(text, { dir: rest });
}

function layout(text: string, parts: { readonly dir: string; readonly tag?: Tag; readonly digest?: Digest }): Location {
  if (parts.dir !== "" && !parts.dir.includes("\0")) return { kind: "layout", ...parts };
  throw new Failure("REFERENCE_INVALID", `"${text.slice(0, 300)}" names no folder`, { hint: "Write oci:DIR[:TAG] or oci:DIR@DIGEST." });
}
