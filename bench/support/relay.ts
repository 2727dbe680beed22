import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A way to a registry that knows when a program first took it: what came before is the program's start-up. */
export interface Relay extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** When the first connection since the last call came, as performance.now() has it. */
  first(): number;
}

/** Passes connections on, byte by byte, the same way for every program. */
export async function relayTo(host: string): Promise<Relay> {
  let first: number | undefined;
  const server = createServer({ noDelay: true }, (near) => {
    first ??= performance.now();
    const far = connect({ host: "127.0.0.1", port: Number(host.split(":")[1]), noDelay: true });
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return {
    host: `127.0.0.1:${address.port}`,
    first() {
      const at = first ?? Number.NaN;
      first = undefined;
      return at;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
