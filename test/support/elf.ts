/** Architectures that the writer knows, by their names in platforms. */
export type ElfArchitecture = "amd64" | "arm64";

const headerBytes = 64 + 56;
const base = 0x400000;

/** e_machine of the ELF header, and the program: write(1, text, length), exit(0), with the text right behind the code. */
const machines: Readonly<Record<ElfArchitecture, { readonly machine: number; code(length: number): Buffer }>> = {
  amd64: {
    machine: 62,
    code(length) {
      const code = Buffer.from([
        ...[0xb8, 1, 0, 0, 0], // mov eax, 1 (write)
        ...[0xbf, 1, 0, 0, 0], // mov edi, 1 (standard output)
        ...[0x48, 0x8d, 0x35, 0, 0, 0, 0], // lea rsi, [rip + text]
        ...[0xba, 0, 0, 0, 0], // mov edx, length
        ...[0x0f, 0x05], // syscall
        ...[0xb8, 60, 0, 0, 0], // mov eax, 60 (exit)
        ...[0x31, 0xff], // xor edi, edi
        ...[0x0f, 0x05], // syscall
      ]);
      code.writeInt32LE(code.length - 17, 13);
      code.writeInt32LE(length, 18);
      return code;
    },
  },
  arm64: {
    machine: 183,
    code(length) {
      const words = [
        0xd2800020, // mov x0, #1 (standard output)
        0x10000001 | ((7 << 5) & 0xffffe0), // adr x1, text (seven instructions on)
        0xd2800002 | (length << 5), // mov x2, #length
        0xd2800808, // mov x8, #64 (write)
        0xd4000001, // svc #0
        0xd2800000, // mov x0, #0
        0xd2800ba8, // mov x8, #93 (exit)
        0xd4000001, // svc #0
      ];
      const code = Buffer.alloc(words.length * 4);
      for (const [index, word] of words.entries()) code.writeUInt32LE(word >>> 0, index * 4);
      return code;
    },
  },
};

/**
 * A static program for Linux that writes a text and ends: an ELF header, one program header, code and text (ELF-64 object file
 * format). For tests and examples, where a compiler would be much to ask for.
 */
export function elfProgram(architecture: ElfArchitecture, text: string): Buffer {
  const { machine, code } = machines[architecture];
  const bytes = Buffer.from(text);
  const body = Buffer.concat([code(bytes.length), bytes]);
  const size = headerBytes + body.length;
  const header = Buffer.alloc(headerBytes);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(base + headerBytes), 24); // entry point
  header.writeBigUInt64LE(64n, 32); // program headers
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // loaded
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(BigInt(base), 80);
  header.writeBigUInt64LE(BigInt(base), 88);
  header.writeBigUInt64LE(BigInt(size), 96);
  header.writeBigUInt64LE(BigInt(size), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, body]);
}
