import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { seededNumbers } from "./seeded.ts";

/** A proxy of connections between a client and a registry, which harms some of them. */
export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Draws the faults of the next connections from a seed, or harms none any more; those that are open end. */
  seed(seed: number | undefined): void;
  /** Cuts one connection at one of the requests to come, counted from 0; false once that has happened. */
  cutAt(cut: Cut | undefined): void;
  /** How many requests came since the last {@link cutAt}. */
  readonly requests: () => number;
  /** How many connections were harmed, by kind. */
  readonly harmed: ReadonlyMap<FaultKind, number>;
}

/** Where a connection is cut: before the request arrives, when it has arrived and before its answer, or in the middle of that. */
export interface Cut {
  readonly request: number;
  readonly when: "before" | "answered" | "half answered";
}

const kinds = ["reset", "end", "stall", "garble", "twice", "crossed"] as const;
type FaultKind = (typeof kinds)[number];
/** Of 20 faults so many are of each kind. */
const shares: Readonly<Record<FaultKind, number>> = { reset: 5, end: 5, stall: 2, garble: 2, twice: 3, crossed: 3 };
const drawn = kinds.flatMap((kind) => Array.from({ length: shares[kind] }, () => kind));
/** How long an answer waits for another one to change places with, in milliseconds. */
const crossingMs = 20;

/** What happens to one connection after so many bytes of one direction. */
interface Fault {
  readonly kind: FaultKind;
  readonly direction: "up" | "down";
  readonly after: number;
}

/** Starts a proxy in front of a port of this machine. */
export async function faultProxy(port: number): Promise<FaultProxy> {
  let random: (() => number) | undefined;
  let cut: Cut | undefined;
  let requests = 0;
  const harmed = new Map<FaultKind, number>();
  const sockets = new Set<Socket>();
  const crossing = crossings();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const fault = random === undefined ? undefined : draw(random);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    const end = (how: "reset" | "end"): void => {
      for (const socket of [near, far]) how === "reset" ? socket.resetAndDestroy() : socket.end();
    };
    let cutting: Cut["when"] | undefined;
    near.on("data", (chunk: Buffer) => {
      // A client begins each request in a piece of its own.
      if (/^[A-Z]+ \/v2\//.test(chunk.subarray(0, 16).toString("latin1")) && cut?.request === requests++) cutting = cut.when;
    });
    const pass = (from: Socket, to: Socket, mine: Fault | undefined): void => {
      let passed = 0;
      let over = false;
      from.on("data", (chunk: Buffer) => {
        if (cutting === "before" || (cutting === "answered" && from === far)) over = true;
        if (cutting === "half answered" && from === far) to.write(chunk.subarray(0, chunk.length >> 1));
        if (over || (cutting === "half answered" && from === far)) {
          over = true;
          return end("end");
        }
        if (from === far && crossing.meets(to, chunk)) return;
        const start = passed;
        passed += chunk.length;
        if (mine === undefined || passed <= mine.after) return void to.write(chunk);
        if (start <= mine.after) harmed.set(mine.kind, (harmed.get(mine.kind) ?? 0) + 1);
        const at = Math.max(mine.after - start, 0);
        if (start > mine.after && mine.kind !== "stall") return void to.write(chunk);
        if (mine.kind === "garble") return void to.write(chunk.fill(0x7e, at, Math.min(at + 3, chunk.length)));
        if (mine.kind === "twice") return void to.write(Buffer.concat([chunk, chunk]));
        if (mine.kind === "crossed") return crossing.waits(to, chunk);
        if (start <= mine.after) to.write(chunk.subarray(0, at));
        over = mine.kind !== "stall";
        if (mine.kind === "reset" || mine.kind === "end") end(mine.kind);
      });
      from.on("close", () => to.end());
    };
    pass(near, far, fault?.direction === "up" ? fault : undefined);
    pass(far, near, fault?.direction === "down" ? fault : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endAll = (): void => {
    // An open connection may have a fault before it.
    for (const socket of sockets) socket.destroy();
    crossing.forget();
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seed(seed) {
      endAll();
      random = seed === undefined ? undefined : seededNumbers(seed);
    },
    cutAt(next) {
      endAll();
      cut = next;
      requests = 0;
    },
    requests: () => requests,
    harmed,
    async [Symbol.asyncDispose]() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers of two connections that change places. */
function crossings(): { waits(to: Socket, chunk: Buffer): void; meets(to: Socket, chunk: Buffer): boolean; forget(): void } {
  let held: { readonly to: Socket; readonly chunk: Buffer; readonly late: NodeJS.Timeout } | undefined;
  const release = (): void => {
    clearTimeout(held?.late);
    held?.to.write(held.chunk);
    held = undefined;
  };
  return {
    waits(to, chunk) {
      release();
      held = { to, chunk, late: setTimeout(release, crossingMs) };
    },
    meets(to, chunk) {
      if (held === undefined || held.to === to) return false;
      clearTimeout(held.late);
      to.write(held.chunk);
      held.to.write(chunk);
      held = undefined;
      return true;
    },
    forget() {
      clearTimeout(held?.late);
      held = undefined;
    },
  };
}

function draw(random: () => number): Fault | undefined {
  if (random() < 0.4) return undefined;
  const kind = drawn[Math.floor(random() * drawn.length)] ?? "reset";
  const answer = kind === "twice" || kind === "crossed";
  const direction = answer || random() < 0.5 ? "down" : "up";
  // Even over the orders of magnitude, so that heads are hit as often as bodies.
  return { kind, direction, after: Math.floor(10 ** (1 + random() * 4.5)) };
}
