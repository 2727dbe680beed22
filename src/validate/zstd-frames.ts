/** What reading a frame asks for next: bytes to look at, the first of a frame or not; bytes to read over; or that it has ended. */
type Ask = { readonly look: number; readonly begins?: boolean } | { readonly over: number } | "end";

/**
 * Cuts a file of zstd so that every frame ends with a chunk: Node's decompression drops what stands behind the end of a frame in the same
 * chunk, and of what is cut off or no frame it depends on its version whether it says so.
 * @throws Error for a frame that is cut off, and for what is none
 */
export async function* wholeFrames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const asking = frames();
  let ask = asking.next().value;
  let seen = Buffer.alloc(0);
  let over = 0;
  for await (const chunk of chunks) {
    let [start, at] = [0, 0];
    for (;;) {
      if (ask === "end") {
        if (at > start) yield chunk.subarray(start, at);
        start = at;
        ask = asking.next(Buffer.alloc(0)).value;
      } else if (at === chunk.length && !("over" in ask && over === ask.over)) break;
      else if ("look" in ask) {
        const part = chunk.subarray(at, at + ask.look - seen.length);
        seen = Buffer.concat([seen, part]);
        at += part.length;
        if (seen.length < ask.look) break;
        ask = asking.next(seen).value;
        seen = Buffer.alloc(0);
      } else {
        const length = Math.min(ask.over - over, chunk.length - at);
        over += length;
        at += length;
        if (over < ask.over) break;
        over = 0;
        ask = asking.next(Buffer.alloc(0)).value;
      }
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }
  if (!(typeof ask === "object" && "begins" in ask && seen.length === 0)) throw new Error("unexpected end of file");
}

/** Walks through frames (RFC 8878, section 3.1), told the bytes that it asked to look at. */
function* frames(): Generator<Ask, never, Buffer> {
  for (;;) {
    const magic = (yield { look: 4, begins: true }).readUInt32LE();
    if (magic >>> 4 === 0x184d2a5) yield { over: (yield { look: 4 }).readUInt32LE() };
    else if (magic === 0xfd2fb528) yield* blocks();
    else throw new Error("something stands there that is no frame of zstd");
    yield "end";
  }
}

/** A frame behind its magic number: the rest of its header, blocks up to the last one, and a checksum where it has one. */
function* blocks(): Generator<Ask, void, Buffer> {
  const descriptor = (yield { look: 1 })[0] ?? 0;
  const single = (descriptor >> 5) & 1;
  const contentSize = [single, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  yield { over: 1 - single + dictionary + contentSize };
  for (let last = false; !last; ) {
    const header = (yield { look: 3 }).readUIntLE(0, 3);
    last = (header & 1) === 1;
    // A block of one byte again and again holds that byte once.
    yield { over: ((header >> 1) & 3) === 1 ? 1 : header >> 3 };
  }
  if ((descriptor & 4) !== 0) yield { over: 4 };
}
