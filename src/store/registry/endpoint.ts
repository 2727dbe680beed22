import { Failure, redactUrl } from "../../failure/index.ts";
import { defaultHost, isLoopback } from "../../oci/index.ts";

/** Whether requests may go to a URL: over TLS anywhere, in plain text only to this machine. */
export function isSafe(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

/** Where a registry is spoken to: its base URL, with a slash at the end and without `v2/`. */
export function endpointOf(host: string, endpoints: Readonly<Record<string, { readonly url: string }>> = {}): URL {
  const configured = Object.hasOwn(endpoints, host) ? endpoints[host]?.url : undefined;
  if (configured !== undefined) return parseEndpoint(host, configured);
  // Docker Hub is known by one name and spoken to under another.
  if (host === defaultHost) return new URL("https://registry-1.docker.io/");
  const plain = new URL(`http://${host}/`);
  return isLoopback(plain.hostname) ? plain : new URL(`https://${host}/`);
}

/** @throws Failure CONFIG_INVALID */
function parseEndpoint(host: string, text: string): URL {
  const url = URL.parse(text);
  const invalid = (why: string, hint: string): Failure =>
    new Failure("CONFIG_INVALID", `endpoints.${host}: ${url === null ? "the value" : redactUrl(url)} ${why}`, { hint });
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid("is no http or https URL", "Write https://HOST[:PORT].");
  }
  if (!isSafe(url)) {
    throw invalid(
      "would send credentials in plain text",
      "Write https://; plain http:// is spoken with this machine only (localhost, 127.0.0.1, [::1]).",
    );
  }
  if (url.username || url.password) throw invalid("holds a user or password", "Sign in with docker login instead.");
  if (url.search || url.hash) throw invalid("has a query or fragment", "Write https://HOST[:PORT][/PATH].");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
