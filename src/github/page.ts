import { md } from "./markdown.ts";

/** A part of a page that stands alone: lines that belong together, and rows of which some may be left out. */
export interface Block {
  readonly head?: readonly string[];
  /** Made one after the other, as far as there is room. */
  readonly rows?: readonly (() => string)[];
  /** Left out first, where the page is too long. */
  readonly detail?: true;
}

const shortened = `${md`_Shortened: GitHub takes no longer page. The log has the rest._`.markdown}\n\n`;

/**
 * Blocks as a page of Markdown. Where it is too long details are left out, then rows of the longest blocks, so that none takes the room of
 * the others.
 * @param limit the most bytes
 * @returns an empty text where no block has room
 */
export function page(blocks: readonly Block[], limit: number): string {
  const whole = entire(blocks, limit);
  if (whole !== undefined) return whole;
  const needed = blocks.filter(({ detail }) => detail === undefined);
  const room = limit - Buffer.byteLength(shortened);
  const most = fairShare(
    needed.map((block) => fitted(block, room).bytes),
    room,
  );
  const kept = needed.map((block) => fitted(block, most));
  return kept.every(({ text }) => text === "") ? "" : textOf(kept) + shortened;
}

/** The most that each of several sizes may take of a room: who needs less leaves the rest to the others. */
function fairShare(sizes: readonly number[], room: number): number {
  let left = room;
  let many = sizes.length;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    if (size > left / many) return left / many;
    left -= size;
    many -= 1;
  }
  return room;
}

interface Fitted {
  readonly text: string;
  readonly bytes: number;
  /** Whether something was left out. */
  readonly cut: boolean;
}

/** A block with as many of its rows as there is room for, and a line that says how many more there are. */
function fitted({ head = [], rows = [] }: Block, limit: number): Fitted {
  const more = (left: number): string => (left === 0 ? "\n" : `\n${md`… and ${left} more.`.markdown}\n\n`);
  let text = head.map((line) => `${line}\n`).join("");
  let bytes = Buffer.byteLength(text);
  for (const [index, make] of rows.entries()) {
    const row = `${make()}\n`;
    const size = Buffer.byteLength(row);
    const left = rows.length - index;
    if (bytes + size + Buffer.byteLength(more(left - 1)) > limit) return closed(text, more(left), limit);
    text += row;
    bytes += size;
  }
  return closed(text, more(0), limit);

  function closed(done: string, end: string, room: number): Fitted {
    const all = done + end;
    const size = Buffer.byteLength(all);
    return size > room ? { text: "", bytes: size, cut: true } : { text: all, bytes: size, cut: end !== "\n" };
  }
}

/** All blocks, or undefined where they are longer. */
function entire(blocks: readonly Block[], limit: number): string | undefined {
  const parts: Fitted[] = [];
  for (const block of blocks) {
    const part = fitted(block, limit - parts.reduce((sum, { bytes }) => sum + bytes, 0));
    if (part.cut) return undefined;
    parts.push(part);
  }
  return textOf(parts);
}

function textOf(parts: readonly Fitted[]): string {
  return parts.map(({ text }) => text).join("");
}
