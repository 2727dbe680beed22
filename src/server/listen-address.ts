import { Failure } from "../failure/index.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** Name or address, without the brackets of IPv6. */
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/**
 * Parses `HOST:PORT`.
 * @throws Failure USAGE
 */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const [hostname, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (hostname !== undefined && port <= 65_535) return { hostname, port };
  throw new Failure("USAGE", `"${text.slice(0, 100)}" is not an address to listen on`, {
    hint: "Write HOST:PORT, for instance 127.0.0.1:5000 or [::1]:0.",
  });
}

/** `HOST:PORT`, as URLs and image names have it. */
export function formatHost(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
