import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { suite, test } from "node:test";
import { anAws } from "../support/aws.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { type Listening, listening } from "../support/http-service.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const session = { secret: "secret", token: "token", ends: new Date(Date.now() + 3_600_000).toISOString() };

/** Gives out keys as a container's agent, an instance's metadata and AWS's SSO portal do. */
async function aKeyServer(): Promise<Listening> {
  const camel = { AccessKeyId: "", SecretAccessKey: session.secret, Token: session.token, Expiration: session.ends };
  const answers: readonly (readonly [RegExp, object | string])[] = [
    [/^\/container$/, { ...camel, AccessKeyId: "CONTAINERKEY" }],
    [/^\/latest\/api\/token$/, "metadata-token"],
    [/^\/latest\/meta-data\/iam\/security-credentials\/?$/, "role"],
    [/^\/latest\/meta-data\/iam\/security-credentials\/role$/, { ...camel, Code: "Success", AccessKeyId: "INSTANCEKEY" }],
    [
      /^\/federation\/credentials/,
      { roleCredentials: { accessKeyId: "SSOKEY", secretAccessKey: "s", sessionToken: "t", expiration: Date.parse(session.ends) } },
    ],
  ];
  const server = createServer((request, response) => {
    const found = answers.find(([path]) => path.test(request.url ?? ""))?.[1];
    const body = typeof found === "string" ? found : JSON.stringify(found ?? {});
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" }).end(body);
  });
  return await listening(server);
}

interface Place {
  /** The key server's URL. */
  readonly url: string;
  /** Writes a file below the folder, and gives its path. */
  file(name: string, text: string): string;
}

/** Where an identity is found, and the key that signs then. */
const chain: readonly (readonly [string, string, (place: Place) => Readonly<Record<string, string>>])[] = [
  ["the environment", "ENVKEY", () => ({ AWS_ACCESS_KEY_ID: "ENVKEY", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" })],
  [
    "a profile",
    "PROFILEKEY",
    ({ file }) => ({
      AWS_PROFILE: "ci",
      AWS_CONFIG_FILE: file("config", "[profile ci]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = s\n"),
    }),
  ],
  [
    "a program that a profile names",
    "PROCESSKEY",
    ({ file }) => {
      const program = file("keys.sh", `#!/bin/sh\necho '{"Version":1,"AccessKeyId":"PROCESSKEY","SecretAccessKey":"s"}'\n`);
      chmodSync(program, 0o755);
      return { AWS_PROFILE: "ci", AWS_CONFIG_FILE: file("config", `[profile ci]\ncredential_process = ${program}\n`) };
    },
  ],
  [
    "SSO",
    "SSOKEY",
    ({ file, url }) => {
      const name = createHash("sha1").update("company").digest("hex");
      const token = { accessToken: "sso", expiresAt: session.ends, region: "us-east-1", startUrl: "https://sso.example/start" };
      file(`.aws/sso/cache/${name}.json`, JSON.stringify(token));
      const profile = "[profile ci]\nsso_session = company\nsso_account_id = 712023778557\nsso_role_name = ci\n";
      const config = `${profile}[sso-session company]\nsso_region = us-east-1\nsso_start_url = https://sso.example/start\n`;
      return { AWS_PROFILE: "ci", AWS_CONFIG_FILE: file("config", config), AWS_ENDPOINT_URL_SSO: url };
    },
  ],
  [
    "an OIDC token of another service",
    "ROLEKEY1",
    ({ file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token", "an oidc token"),
      AWS_ROLE_ARN: "arn:aws:iam::712023778557:role/ci",
      AWS_REGION: "us-east-1",
    }),
  ],
  ["a container", "CONTAINERKEY", ({ url }) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` })],
  ["an instance", "INSTANCEKEY", ({ url }) => ({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: url })],
];

suite("signing in at ECR finds the identity of", { concurrency: 2 }, () => {
  for (const [where, key, given] of chain) {
    test(where, async () => {
      await using folder = await aFolder();
      await using registry = await anEmbeddedRegistry({ basic: { username: "AWS", password: "token 1" } });
      await using keys = await aKeyServer();
      const { asked, bare } = await anAws();
      const file: Place["file"] = (name, text) => {
        const path = join(folder.path, name);
        mkdirSync(join(path, ".."), { recursive: true });
        writeFileSync(path, text);
        return path;
      };
      const env = {
        ...bare,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        WAYBILL_ENDPOINTS: `${host}=${registry.served.url}`,
        ...given({ url: keys.url, file }),
      };
      const { exitCode, said } = await waybill(["login", host], { cwd: folder.path, env });
      assert.equal(exitCode, 0, said);
      assert.equal(asked.find(({ call }) => call === "GetAuthorizationToken")?.key, key);
    });
  }
});
