import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type Listening, listening } from "../../support/http-service.ts";

/** An error that is answered in AWS's place. */
export interface InjectedError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/** Stands between a client and moto: hears every call, and answers some in AWS's place. */
export interface BetweenAws extends Listening {
  /** Calls by name, in their order. */
  readonly asked: string[];
  /** What the so-manieth call of a name is refused with, counted from 1. */
  refuse: (call: string, count: number) => InjectedError | undefined;
}

/** Puts it before moto; each token that moto gives is made one of its own that lasts 12 hours, as ECR's do. */
export async function betweenAws(moto: string): Promise<BetweenAws> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    const target = request.headers["x-amz-target"];
    const json = typeof target === "string";
    const call = json ? (target.split(".")[1] ?? "") : (new URLSearchParams(body.toString()).get("Action") ?? "");
    between.asked.push(call);
    const count = between.asked.filter((one) => one === call).length;
    const error = between.refuse(call, count);
    if (error !== undefined) return refused(response, error, json);
    const answer = await passed(moto, request, body);
    const text = call === "GetAuthorizationToken" ? numbered(answer.body, count) : answer.body;
    response.writeHead(answer.status, { "content-type": answer.type, "content-length": Buffer.byteLength(text) }).end(text);
  });
  const between: BetweenAws = {
    ...(await listening(server)),
    asked: [],
    refuse: () => undefined,
  };
  return between;
}

function refused(response: ServerResponse, { code, message, status }: InjectedError, json: boolean): void {
  const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  response
    .writeHead(status, { "content-type": json ? "application/x-amz-json-1.1" : "text/xml" })
    .end(json ? JSON.stringify({ __type: code, message }) : xml);
}

/** Hands a request on as it is: its signature covers the host that it names. */
async function passed(moto: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return await new Promise<{ readonly status: number; readonly type: string; readonly body: string }>((resolve, reject) => {
    const asking = httpRequest(`${moto}${url}`, { method, headers, agent: false }, async (answer) => {
      const text = Buffer.concat(await Array.fromAsync(answer)).toString();
      resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", body: text });
    });
    asking.on("error", reject).end(body);
  });
}

/** moto's tokens are all the same, and ended in 2015. */
function numbered(body: string, count: number): string {
  const answer = JSON.parse(body);
  const [data] = answer.authorizationData ?? [];
  if (data === undefined) return body;
  const authorizationToken = Buffer.from(`${Buffer.from(data.authorizationToken, "base64")}-${count}`).toString("base64");
  return JSON.stringify({ ...answer, authorizationData: [{ ...data, authorizationToken, expiresAt: Date.now() / 1000 + 12 * 60 * 60 }] });
}
