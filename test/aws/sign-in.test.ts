import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, suite, test } from "node:test";
import { ecrSignIn } from "../../src/aws/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { silent } from "../../src/report/index.ts";
import { listening } from "../support/http-service.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";

/** ECR's API, as far as it gives tokens. */
async function anApi(answer: (count: number) => { readonly status: number; readonly body: object | string }) {
  let count = 0;
  const requests: { readonly target: string | undefined; readonly authorization: string }[] = [];
  const server = createServer((request, response) => {
    // Who signs is asked of STS, and need not be told.
    if (request.headers["x-amz-target"] === undefined) return void request.resume().on("end", () => response.writeHead(403).end());
    requests.push({ target: request.headers["x-amz-target"] as string | undefined, authorization: request.headers.authorization ?? "" });
    count += 1;
    const { status, body } = answer(count);
    request
      .resume()
      .on("end", () =>
        response
          .writeHead(status, { "content-type": "application/x-amz-json-1.1" })
          .end(typeof body === "string" ? body : JSON.stringify(body)),
      );
  });
  const listens = await listening(server);
  after(async () => await listens[Symbol.asyncDispose]());
  return { requests, env: { AWS_ENDPOINT_URL: listens.url } };
}

const token = (password: string, expiresAt: number) => ({
  status: 200,
  body: { authorizationData: [{ authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"), expiresAt: expiresAt / 1000 }] },
});
const inHours = (hours: number): number => Date.now() + hours * 3_600_000;

function identity(): void {
  process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
}

suite("signing in at ECR", () => {
  test("asks for a token in the registry's region, with the identity of the environment", async () => {
    identity();
    const api = await anApi(() => token("password", inHours(12)));
    const signIn = ecrSignIn({ env: api.env, emit: silent });
    const credentials = await signIn.credentials(host);
    assert.equal(credentials?.kind === "basic" && `${credentials.username}:${credentials.password}`, "AWS:password");
    assert.match(api.requests[0]?.target ?? "", /GetAuthorizationToken$/);
    assert.match(api.requests[0]?.authorization ?? "", /Credential=AKIDEXAMPLE\/\d+\/us-east-1\/ecr\//);
  });

  test("asks the endpoint that the environment names for FIPS hosts too", async () => {
    identity();
    const api = await anApi(() => token("password", inHours(12)));
    const fips = host.replace("dkr.ecr", "dkr.ecr-fips");
    assert.equal((await ecrSignIn({ env: api.env, emit: silent }).credentials(fips))?.kind, "basic");
    process.env["AWS_USE_FIPS_ENDPOINT"] = "true";
    assert.equal((await ecrSignIn({ env: api.env, emit: silent }).credentials(host))?.kind, "basic");
    delete process.env["AWS_USE_FIPS_ENDPOINT"];
  });

  test("keeps the token until it is about to end, or new ones are asked for", async () => {
    identity();
    const api = await anApi((count) => token(`password ${count}`, count === 1 ? inHours(12) : inHours(0.1)));
    const signIn = ecrSignIn({ env: api.env, emit: silent });
    const password = async (fresh = false): Promise<string> => {
      const credentials = await signIn.credentials(host, { fresh });
      return credentials?.kind === "basic" ? credentials.password : "";
    };
    assert.deepEqual([await password(), await password()], ["password 1", "password 1"]);
    assert.equal(await password(true), "password 2");
    assert.equal(await password(), "password 3", "the second ended in six minutes");
  });

  test("leaves other hosts to others", async () => {
    const signIn = ecrSignIn({ env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, emit: silent });
    assert.equal(await signIn.credentials("registry.example"), undefined);
  });

  test("says what is wrong where AWS refuses, and what to do", async () => {
    identity();
    const cases = [
      [
        { __type: "AccessDeniedException", message: "not authorized to perform: ecr:GetAuthorizationToken" },
        "DENIED",
        /ecr:GetAuthorizationToken/,
      ],
      [
        { __type: "UnrecognizedClientException", message: "The security token included in the request is invalid." },
        "UNAUTHORIZED",
        /sign in at AWS again/,
      ],
      [{ __type: "ServerException", message: "no" }, "CREDENTIALS_FAILED", /can be reached/],
    ] as const;
    for (const [body, code, hint] of cases) {
      const api = await anApi(() => ({ status: 400, body }));
      await assert.rejects(ecrSignIn({ env: api.env, emit: silent }).credentials(host), (thrown: unknown) => {
        assert.ok(thrown instanceof Failure);
        assert.equal(thrown.code, code);
        assert.match(thrown.hint ?? "", hint);
        assert.ok(thrown.message.includes(host));
        return true;
      });
    }
  });

  test("tells an answer that is not JSON, as gateways and proxies give it, by its status", async () => {
    identity();
    const api = await anApi(() => ({ status: 403, body: "<html><body>Blocked by the proxy</body></html>" }));
    await assert.rejects(ecrSignIn({ env: api.env, emit: silent }).credentials(host), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "CREDENTIALS_FAILED");
      assert.match(thrown.message, /status 403 and not the JSON/);
      assert.match(thrown.hint ?? "", /proxy/);
      return true;
    });
  });
});
