import type { Attributes, TarHeader } from "../../tar/index.ts";
import type { Node } from "./rootfs.ts";

/** The attribute that BuildKit keeps in layers; all others are of one machine. */
const capability = "security.capability";

/** Owner, mode and capabilities of an entry. */
export function attributesOf({ mode, uid, gid, xattrs }: TarHeader): Attributes {
  return { mode: mode & 0o7777, uid, gid, capability: xattrs.get(capability) };
}

/** A device or a pipe. */
export function specialOf({ type, devmajor, devminor }: TarHeader, attributes: Attributes): Node {
  const device = type === "character-device" || type === "block-device" ? type : "fifo";
  return { kind: "special", device, ...(device === "fifo" ? { devmajor: 0, devminor: 0 } : { devmajor, devminor }), ...attributes };
}
