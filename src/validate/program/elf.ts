import type { Platform } from "../../oci/index.ts";

/** How many bytes of a file are enough to tell what it is. */
export const headBytes = 256;

/** What the first bytes of a program say. */
export type Kind =
  | { readonly kind: "elf"; readonly architecture: string }
  | { readonly kind: "script"; readonly interpreter: readonly string[] }
  | { readonly kind: "other" };

/** e_machine of the ELF header (ELF gABI, "e_machine"), as GOARCH names it by class (32 or 64 bits) and byte order. */
const machines: Readonly<Record<number, (bits: 32 | 64, little: boolean) => string>> = {
  3: () => "386",
  8: (bits, little) => `mips${bits === 64 ? "64" : ""}${little ? "le" : ""}`,
  20: () => "ppc",
  21: (_, little) => (little ? "ppc64le" : "ppc64"),
  22: (bits) => (bits === 64 ? "s390x" : "s390"),
  40: () => "arm",
  62: () => "amd64",
  183: () => "arm64",
  243: (bits) => (bits === 64 ? "riscv64" : "riscv"),
  258: (bits) => (bits === 64 ? "loong64" : "loong32"),
};

/** What a program is, by its first bytes. */
export function kindOf(head: Uint8Array): Kind {
  if (head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) {
    const little = head[5] !== 2;
    const machine = new DataView(head.buffer, head.byteOffset).getUint16(18, little);
    const name = machines[machine]?.(head[4] === 1 ? 32 : 64, little);
    return { kind: "elf", architecture: name ?? `ELF machine ${machine}` };
  }
  if (head[0] === 0x23 && head[1] === 0x21) {
    const line = new TextDecoder("latin1").decode(head.subarray(2)).split("\n")[0] ?? "";
    const interpreter = line.trim().split(/[ \t]+/);
    if (interpreter[0]) return { kind: "script", interpreter };
  }
  return { kind: "other" };
}

/** Architectures that a kernel of the first runs as well: its own 32-bit programs. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = { amd64: ["386"], arm64: ["arm"], mips64: ["mips"], mips64le: ["mipsle"] };

/** Whether a program of an architecture runs on the platform. */
export function runsOn(platform: Platform, architecture: string): boolean {
  return platform.architecture === architecture || (alsoRuns[platform.architecture]?.includes(architecture) ?? false);
}
