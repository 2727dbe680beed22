import { quoteForeign } from "../failure/index.ts";

/** Codes that count as an answer unless others are named: what a load balancer's or Kubernetes' check takes. */
export const usualStatus = "200-399";

/** Whether a code is one of a list like `200,301-302`. */
export function accepts(status: string, code: number): boolean {
  return status.split(",").some((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return first !== undefined && last !== undefined && code >= first && code <= last;
  });
}

/** What a request came to: the code of the answer, or why there is none. */
export type Answer = { readonly code: number } | { readonly why: string };

/** Asks once, without following redirects: where they lead is another server's matter. */
export async function ask(port: number, path: string, timeoutMs: number): Promise<Answer> {
  const { Agent, get } = process.getBuiltinModule("node:http");
  return await new Promise((resolve) => {
    // An agent of its own knows nothing of proxies and keeps no connection.
    const request = get({ host: "127.0.0.1", port, path, agent: new Agent() }, (response) => {
      resolve({ code: response.statusCode ?? 0 });
      request.destroy();
    });
    const timer = setTimeout(() => give(`no answer within ${Math.round(timeoutMs / 100) / 10} s`), timeoutMs);
    const give = (why: string): void => {
      resolve({ why });
      request.destroy();
    };
    request.on("error", (error: NodeJS.ErrnoException) => give(reason(error)));
    request.on("close", () => clearTimeout(timer));
  });
}

/** What nobody listens behind yet, a runtime's proxy accepts and closes again. */
function reason(error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED" || error.code === "ECONNRESET") return "nothing answers there";
  return quoteForeign(error.message, 100);
}
