import { aDaemon, aFreePort } from "./daemon.ts";
import { peerPython } from "./programs.ts";

/** Keys of one identity. */
export interface AwsKeys {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

/** Keys of a role's session, and what ECR's tokens for it are made of. */
export interface AwsSession {
  readonly keys: AwsKeys & { readonly AWS_SESSION_TOKEN: string };
  readonly basic: { readonly username: string; readonly password: string };
}

/** AWS as moto plays it (github.com/getmoto/moto): IAM, STS and ECR's API; it has no registry. */
export interface Moto extends AsyncDisposable {
  /** What a program needs in its environment to speak to it, and to find no identity anywhere else. */
  readonly env: Readonly<Record<string, string>>;
  /** What ECR's tokens of this AWS are made of. */
  readonly basic: { readonly username: string; readonly password: string };
  /** A new user's keys. */
  aUser(name: string, allowed: readonly string[]): Promise<AwsKeys>;
  /** A new role in the account that its ARN names, and a session of it, as configure-aws-credentials leaves it to a job. */
  aSession(arn: string, allowed: readonly string[]): Promise<AwsSession>;
  /** Sets a role's trust policy. */
  trusting(arn: string, document: object): Promise<void>;
  /** From now on identities have to be right, and may do only what they are allowed. */
  enforce(): Promise<void>;
}

/** The account that moto takes everybody for. */
const account = "123456789012";

/** Starts it; it is ended when the scope ends. */
export async function aMoto(): Promise<Moto> {
  const port = await aFreePort();
  const url = `http://127.0.0.1:${port}`;
  const daemon = await aDaemon(peerPython("moto_server"), {
    argv: ["--host", "127.0.0.1", "--port", `${port}`],
    ready: async () => (await fetch(`${url}/moto-api/`)).ok,
  });
  const ask = async (service: string, action: string, words: Readonly<Record<string, string>>, of: string): Promise<string> => {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        // By its scope moto knows which service is meant; nobody checks the rest yet.
        authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
        "x-moto-account-id": of,
      },
      body: new URLSearchParams({ Action: action, Version: service === "iam" ? "2010-05-08" : "2011-06-15", ...words }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
    return text;
  };
  const iam = (action: string, words: Readonly<Record<string, string>>, of = account): Promise<string> => ask("iam", action, words, of);
  const between = (text: string, name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? "";
  return {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
    basic: { username: "AWS", password: `${account}-auth-token` },
    async aUser(name, allowed) {
      await iam("CreateUser", { UserName: name });
      const statement = { Effect: "Allow", Action: allowed, Resource: "*" };
      if (allowed.length > 0) {
        const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
        await iam("PutUserPolicy", { UserName: name, PolicyName: "p", PolicyDocument: document });
      }
      const key = await iam("CreateAccessKey", { UserName: name });
      return { AWS_ACCESS_KEY_ID: between(key, "AccessKeyId"), AWS_SECRET_ACCESS_KEY: between(key, "SecretAccessKey") };
    },
    async aSession(arn, allowed) {
      const [, of = "", path = "/", name = ""] = /^arn:aws:iam::(\d{12}):role(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
      const document = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const trust = document({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
      await iam("CreateRole", { RoleName: name, Path: path, AssumeRolePolicyDocument: trust }, of);
      const policy = document({ Effect: "Allow", Action: allowed, Resource: "*" });
      await iam("PutRolePolicy", { RoleName: name, PolicyName: "p", PolicyDocument: policy }, of);
      const session = await ask("sts", "AssumeRole", { RoleArn: arn, RoleSessionName: "job" }, of);
      return {
        keys: {
          AWS_ACCESS_KEY_ID: between(session, "AccessKeyId"),
          AWS_SECRET_ACCESS_KEY: between(session, "SecretAccessKey"),
          AWS_SESSION_TOKEN: between(session, "SessionToken"),
        },
        basic: { username: "AWS", password: `${of}-auth-token` },
      };
    },
    async trusting(arn, document) {
      const [, of = "", name = ""] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
      await iam("UpdateAssumeRolePolicy", { RoleName: name, PolicyDocument: JSON.stringify(document) }, of);
    },
    async enforce() {
      const answer = await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body: "0" });
      if (!answer.ok) throw new Error(`moto does not enforce: ${answer.status}`);
    },
    [Symbol.asyncDispose]: async () => await daemon[Symbol.asyncDispose](),
  };
}
