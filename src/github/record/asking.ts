import { quoteForeign } from "../../failure/index.ts";
import type { GithubApi } from "../api.ts";

/** Sends one request and reads its answer. */
export type Ask = (request: {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** What GitHub answered: JSON, or why there is none. */
export type Answered =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false /** 0 where there was no answer. */; readonly status: number; readonly why: string };

/** Asks GitHub's API; the path follows the API's beginning. Never throws. */
export type Asking = (method: "GET" | "POST", path: string, body?: object) => Promise<Answered>;

/** Asks as the run's token allows. */
export function asking(api: GithubApi, ask: Ask): Asking {
  return async (method, path, body) => {
    try {
      const headers = body === undefined ? api.headers : { ...api.headers, "content-type": "application/json" };
      const url = new URL(`${api.base}${path}`);
      const answer = await ask({ method, url, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      if (answer.status < 200 || answer.status > 299)
        return { ok: false, status: answer.status, why: `status ${answer.status}${said(answer.body)}` };
      return { ok: true, json: JSON.parse(answer.body) };
    } catch (thrown) {
      return { ok: false, status: 0, why: thrown instanceof Error ? quoteForeign(thrown.message) : "no answer" };
    }
  };
}

/** GitHub's own words (GitHub Docs, "Troubleshooting the REST API"). */
function said(body: string): string {
  try {
    const { message } = Object(JSON.parse(body)) as Readonly<Record<string, unknown>>;
    return typeof message === "string" ? `, ${quoteForeign(message)}` : "";
  } catch {
    return "";
  }
}

/** A field of what was answered. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
