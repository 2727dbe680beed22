import { redactUrl } from "../../failure/index.ts";
import { isSafe } from "./endpoint.ts";
import type { Transport, WireAnswer, WireRequest } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

const mostRedirects = 5;
const followed: readonly number[] = [301, 302, 303, 307, 308];
/** Headers that must not reach any other than the one whom they are for. */
const personal: readonly string[] = ["authorization", "cookie", "proxy-authorization"];

/**
 * Sends a request and follows where the answers point, by hand: Authorization never goes to another origin, and nothing goes from
 * https to plain http. The answer's `url` is the last one. A write is followed by 307 and 308 only.
 * @throws Failure REGISTRY_PROTOCOL and what the transport throws
 */
export async function sendFollowing(transport: Transport, request: WireRequest): Promise<WireAnswer> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const answer = await transport.send(current);
    const location = answer.headers["location"];
    const keepsMethod = answer.status === 307 || answer.status === 308;
    const reads = current.method === "GET" || current.method === "HEAD";
    if (!followed.includes(answer.status) || location === undefined || !(reads || keepsMethod)) return answer;
    await answer.discard();
    if (redirects === mostRedirects) throw protocolFailure(request, `the registry redirects more than ${mostRedirects} times`);
    const url = URL.parse(location, current.url.href);
    if (url === null) throw protocolFailure(current, "the registry redirects to what is no URL");
    if (!isSafe(url) || (current.url.protocol === "https:" && url.protocol !== "https:")) {
      throw protocolFailure(current, `the registry redirects to a place in plain text: ${redactUrl(url)}`);
    }
    if (current.personal && url.origin !== current.url.origin) {
      throw protocolFailure(current, `the registry redirects a sign-in to another place: ${redactUrl(url)}`);
    }
    url.username = "";
    url.password = "";
    current = { ...current, url, headers: url.origin === current.url.origin ? current.headers : withoutPersonal(current.headers) };
  }
}

function withoutPersonal(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !personal.includes(name.toLowerCase())));
}
