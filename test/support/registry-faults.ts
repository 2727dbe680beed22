import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { seededNumbers } from "./seeded.ts";

/** A proxy of connections between a client and a registry, which harms some of them. */
export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Draws the faults of the next connections from a seed, or harms none any more; those that are open end. */
  seed(seed: number | undefined): void;
  /** How many connections were harmed. */
  readonly harmed: () => number;
}

/** What happens to one connection after so many bytes of one direction. */
interface Fault {
  readonly kind: "end" | "reset" | "stall" | "garble";
  readonly direction: "up" | "down";
  readonly after: number;
}

/** Starts a proxy in front of a port of this machine. */
export async function faultProxy(port: number): Promise<FaultProxy> {
  let random: (() => number) | undefined;
  let harmed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const fault = random === undefined ? undefined : draw(random);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    const pass = (from: Socket, to: Socket, mine: Fault | undefined): void => {
      let passed = 0;
      let stalled = false;
      from.on("data", (chunk: Buffer) => {
        if (stalled) return;
        const start = passed;
        passed += chunk.length;
        if (mine === undefined || passed <= mine.after) return void to.write(chunk);
        const at = Math.max(mine.after - start, 0);
        if (start <= mine.after) harmed++;
        if (mine.kind === "garble" && start <= mine.after) chunk.fill(0x7e, at, at + 3);
        if (mine.kind === "garble") return void to.write(chunk);
        to.write(chunk.subarray(0, at));
        stalled = true;
        if (mine.kind === "stall") return;
        for (const socket of [near, far]) mine.kind === "reset" ? socket.resetAndDestroy() : socket.end();
      });
      from.on("close", () => to.end());
    };
    pass(near, far, fault?.direction === "up" ? fault : undefined);
    pass(far, near, fault?.direction === "down" ? fault : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seed(seed) {
      // An open connection may have a fault before it.
      for (const socket of sockets) socket.destroy();
      random = seed === undefined ? undefined : seededNumbers(seed);
    },
    harmed: () => harmed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function draw(random: () => number): Fault | undefined {
  if (random() < 0.4) return undefined;
  const drawn = random();
  const kind = drawn < 0.4 ? "reset" : drawn < 0.8 ? "end" : drawn < 0.9 ? "stall" : "garble";
  // Even over the orders of magnitude, so that heads are hit as often as bodies.
  return { kind, direction: random() < 0.5 ? "up" : "down", after: Math.floor(10 ** (1 + random() * 4.5)) };
}
