import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after } from "node:test";
import { listening } from "./http-service.ts";

/** What GitHub says of the job in its token. */
export const jwt = [
  "{}",
  JSON.stringify({ sub: "repo:quiltdata/benchling-webhook:ref:refs/heads/dev", aud: "sts.amazonaws.com" }),
  "signature",
]
  .map((part) => Buffer.from(part).toString("base64url"))
  .join(".");

/** An error of AWS, by its name. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** 403 of STS and 400 of ECR unless given. */
  readonly status?: number;
}

/** How AWS is to be. */
export interface AwsWanted {
  /** ARN of whoever has the environment's keys. */
  readonly caller?: string;
  /** What calls of a name are refused with, the so-manieth time, counted from 1. */
  readonly refuse?: Readonly<Record<string, Refusal | ((count: number) => Refusal | undefined)>>;
  /** When a role's session ends. */
  readonly endsAt?: (count: number) => number;
  /** When ECR's tokens end. */
  readonly tokenEndsAt?: () => number;
  /** What ECR answers to further calls, by their name; or what says so from their body. */
  readonly answers?: Readonly<Record<string, object | ((body: string) => object)>>;
}

/** One call that was made. */
export interface AwsAsked {
  readonly call: string;
  /** The access key that signed it. */
  readonly key: string;
  /** As the signature's scope has it. */
  readonly region: string;
  readonly service: string;
  readonly query: string;
  readonly body: string;
}

/** STS, ECR's API and GitHub's tokens, in AWS's own forms (query protocol and JSON), with what they were asked. */
export async function anAws({ caller, refuse = {}, endsAt = inAnHour, tokenEndsAt = inHalfADay, answers = {} }: AwsWanted = {}) {
  const arn = caller ?? "arn:aws:iam::712023778557:user/ci";
  const asked: AwsAsked[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString("utf8");
    const target = request.headers["x-amz-target"];
    const call = callOf(request, body) ?? "GithubToken";
    const [, key = "", region = "", service = ""] =
      /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    asked.push({ call, key, region, service, query: request.url ?? "", body });
    const count = asked.filter((one) => one.call === call).length;
    const rule = refuse[call];
    const error = typeof rule === "function" ? rule(count) : rule;
    const xml = (status: number, text: string) => response.writeHead(status, { "content-type": "text/xml" }).end(text);
    const json = (status: number, value: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(value));
    if (call === "GithubToken") return json(error === undefined ? 200 : 403, { value: jwt });
    if (error !== undefined) return refused(response, error);
    if (typeof target === "string") {
      const authorizationToken = Buffer.from(`AWS:token ${count}`).toString("base64");
      const data = { authorizationToken, expiresAt: tokenEndsAt() / 1000 };
      // ECR gives a list, ECR Public one.
      const tokens = { authorizationData: target.startsWith("Spencer") ? data : [data] };
      const further = answers[call] ?? {};
      return json(200, call === "GetAuthorizationToken" ? tokens : typeof further === "function" ? further(body) : further);
    }
    if (call === "GetCallerIdentity")
      return xml(200, `<R><GetCallerIdentityResult><Arn>${arn}</Arn><Account>${arn.split(":")[4]}</Account></GetCallerIdentityResult></R>`);
    const keys = `<Credentials><AccessKeyId>ROLEKEY${count}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(endsAt(count)).toISOString()}</Expiration></Credentials>`;
    const role = /:(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(new URLSearchParams(body).get("RoleArn") ?? "");
    const session = new URLSearchParams(body).get("RoleSessionName");
    const user = `<AssumedRoleUser><Arn>arn:aws:sts::${role?.[1]}:assumed-role/${role?.[2]}/${session}</Arn></AssumedRoleUser>`;
    return xml(200, `<R><${call}Result>${keys}${user}</${call}Result></R>`);
  });
  const listens = await listening(server);
  after(async () => await listens[Symbol.asyncDispose]());
  const { url } = listens;
  const github = { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?v=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request" };
  return { asked, env: { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" }, bare: { AWS_ENDPOINT_URL: url }, github };
}

/** The name of a call, in either of AWS's protocols. */
export function callOf({ headers }: IncomingMessage, body: string): string | undefined {
  const target = headers["x-amz-target"];
  return typeof target === "string" ? target.split(".")[1] : (new URLSearchParams(body).get("Action") ?? undefined);
}

/** Answers a call with an error, in the protocol that it came in. */
export function refused(response: ServerResponse, { code, message, status }: Refusal): void {
  if (response.req.headers["x-amz-target"] !== undefined) {
    response.writeHead(status ?? 400, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify({ __type: code, message }));
    return;
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status ?? 403, { "content-type": "text/xml" }).end(`<ErrorResponse>${error}</ErrorResponse>`);
}

function inHalfADay(): number {
  return Date.now() + 43_200_000;
}

function inAnHour(): number {
  return Date.now() + 3_600_000;
}

/** Gives this process an identity, for the SDK's default chain. */
export function anIdentity(): void {
  process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
}
