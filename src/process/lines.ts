import type { Readable } from "node:stream";

/** Hears each line of a stream, to its end. A line that is longer than `longest` characters is heard in parts, so that none is held. */
export async function linesOf(stream: Readable, hear: (line: string) => void, longest: number): Promise<void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  const end = (last: string): void => {
    hear(parts.length === 0 ? last : parts.join("") + last);
    parts = [];
    length = 0;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) end(line);
    if (rest === "") continue;
    parts.push(rest);
    length += rest.length;
    if (length > longest) end("");
  }
  if (length > 0) end("");
}
