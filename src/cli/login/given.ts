import { Failure } from "../../failure/index.ts";
import type { Edge } from "../edge.ts";
import type { BasicCredentials, LoginPlace } from "./places.ts";

const longest = 64 * 1024;

/**
 * User and password that were given by hand; undefined where none were.
 * @throws Failure USAGE
 */
export async function givenCredentials(
  { username, passwordStdin = false }: { readonly username?: string; readonly passwordStdin?: boolean },
  places: readonly LoginPlace[],
  { stdin }: Edge,
): Promise<BasicCredentials | undefined> {
  if (username === undefined && !passwordStdin) return undefined;
  const hint = 'echo "$PASSWORD" | waybill login HOST --username NAME --password-stdin';
  if (username === undefined) throw new Failure("USAGE", "--password-stdin needs --username", { hint });
  if (!passwordStdin)
    throw new Failure("USAGE", "--username needs --password-stdin: a password on the command line would be seen by others", { hint });
  if (places.length !== 1) throw new Failure("USAGE", "--username is for one registry, and several are meant", { hint });
  if (username === "" || username.includes(":")) throw new Failure("USAGE", "a user's name is not empty, and has no colon", { hint });
  const password = stdin === undefined || stdin.isTTY ? "" : await wordOf(stdin);
  if (password === "") throw new Failure("USAGE", "standard input holds no password", { hint });
  return { kind: "basic", username, password };
}

/** All of a stream, without the line's end that echo and files put there. */
async function wordOf(stream: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    if (chunks.reduce((size, one) => size + one.length, 0) > longest)
      throw new Failure("USAGE", `a password has at most ${longest} bytes`, { hint: "Look at what is written to standard input." });
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
