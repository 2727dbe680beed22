import { type Answer, json, refusal } from "./answer.ts";
import type { Request } from "./request.ts";

/** The most names in one answer, and how many there are unless the client asks for fewer: clients that know no Link must see all. */
const pageLimit = 10_000;

/**
 * One page of names that stand in ASCII order, with a Link to the next (OCI distribution-spec, "Listing Tags").
 * @param path the list's own, for the Link
 */
export function page(request: Request, all: readonly string[], path: string, body: (some: readonly string[]) => object): Answer {
  const asked = request.query.get("n");
  if (asked !== null && !/^\d{1,15}$/.test(asked)) return refusal("SIZE_INVALID", `n is not a number of entries: ${asked.slice(0, 20)}`);
  const after = request.query.get("last") ?? "";
  const rest = after === "" ? all : all.filter((name) => name > after);
  const some = rest.slice(0, Math.min(Number(asked ?? pageLimit), pageLimit));
  const last = some.at(-1);
  if (last === undefined || some.length === rest.length) return json(200, body(some));
  return json(200, body(some), { link: nextLink(path, { n: String(some.length), last }) });
}

/** A Link header to the next page (RFC 8288). */
export function nextLink(path: string, query: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams(query)}>; rel="next"`;
}
