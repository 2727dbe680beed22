import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { type Listening, listening } from "../../support/http-service.ts";

/** An error in ECR's words. */
export interface EcrAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A registry of ECR: the embedded one, with ECR's sign-in, and its words where it refuses. */
export interface EcrFront extends Listening {
  /** Requests that came with a token, as `METHOD PATH`. */
  readonly requests: string[];
  /** Whether a token of ECR's is taken, has ended, or is none. */
  token: (password: string) => "taken" | "ended" | "none";
  /** Answers a request in the registry's place. */
  answer: (method: string, path: string) => EcrAnswer | undefined;
}

const ended: EcrAnswer = { status: 403, code: "DENIED", message: "Your authorization token has expired. Reauthenticate and try again." };

/** Puts it before a registry that asks for no sign-in. */
export async function ecrFront(registry: string): Promise<EcrFront> {
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const [user, password = ""] = Buffer.from((request.headers.authorization ?? "").slice("Basic ".length), "base64")
      .toString()
      .split(":");
    const token = user === "AWS" ? front.token(password) : "none";
    if (token === "none") {
      response.setHeader("www-authenticate", 'Basic realm="https://ecr.example/",service="ecr.amazonaws.com"');
      return refused(response, { status: 401, code: "UNAUTHORIZED", message: "Not Authorized" });
    }
    front.requests.push(`${method} ${url}`);
    const answer = token === "ended" ? ended : front.answer(method, url);
    if (answer !== undefined) return refused(response, answer);
    const { authorization: _, ...headers } = request.headers;
    const asking = httpRequest(`${registry}${url}`, { method, headers, agent: false }, (found) => {
      response.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(response);
    });
    asking.on("error", () => response.destroy());
    request.pipe(asking);
  });
  const front: EcrFront = {
    ...(await listening(server)),
    requests: [],
    token: () => "taken",
    answer: () => undefined,
  };
  return front;
}

function refused(response: ServerResponse, { status, code, message }: EcrAnswer): void {
  response.req.resume();
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}
