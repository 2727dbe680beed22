import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { callOf, type Refusal, refused } from "../../support/aws.ts";
import { type Listening, listening } from "../../support/http-service.ts";

/** Stands between a client and moto: hears every call, and answers some in AWS's place. */
export interface BetweenAws extends Listening {
  /** Calls by name, in their order. */
  readonly asked: string[];
  /** What the so-manieth call of a name is refused with, counted from 1. */
  refuse: (call: string, count: number) => Refusal | undefined;
  /** What is answered to calls of a name that moto does not know. */
  readonly answers: Record<string, object>;
}

/**
 * Puts it before moto.
 * @param options.ownTokens whether each token that moto gives is made one of its own that lasts 12 hours, as ECR's do
 */
export async function betweenAws(moto: string, { ownTokens = true } = {}): Promise<BetweenAws> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    const call = callOf(request, body.toString()) ?? "";
    between.asked.push(call);
    const count = between.asked.filter((one) => one === call).length;
    const error = between.refuse(call, count);
    if (error !== undefined) return refused(response, error);
    const own = between.answers[call];
    if (own !== undefined) return response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(own));
    const answer = await passed(moto, request, body);
    const text = ownTokens && call === "GetAuthorizationToken" ? numbered(answer.body, count) : answer.body;
    response.writeHead(answer.status, { "content-type": answer.type, "content-length": Buffer.byteLength(text) }).end(text);
  });
  const between: BetweenAws = {
    ...(await listening(server)),
    asked: [],
    refuse: () => undefined,
    answers: {},
  };
  return between;
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
