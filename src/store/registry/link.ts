import type { WireAnswer } from "./transport.ts";

/**
 * The next page that a Link header names (RFC 8288, `rel="next"`), where it is of the same origin: a sign-in goes with the request.
 */
export function nextPage(answer: WireAnswer): URL | undefined {
  const header = (answer.headers["link"] ?? "").slice(0, 8192);
  for (const link of header.split(/,(?=\s*<)/)) {
    const match = /^\s*<([^<>]*)>\s*((?:;[^;]*)*)$/.exec(link);
    if (match?.[1] === undefined || !/;\s*rel="?next"?\s*(;|$)/i.test(match[2] ?? "")) continue;
    const url = URL.parse(match[1], answer.url.href);
    if (url !== null && url.host === answer.url.host) {
      // A registry behind a proxy may know itself by plain http.
      url.protocol = answer.url.protocol;
      return url;
    }
  }
  return undefined;
}
