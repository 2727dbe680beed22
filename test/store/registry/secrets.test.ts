import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { concealing, secretsKept } from "../../../src/store/registry/secrets.ts";
import { passing, retryAdvice } from "../../../src/store/registry/wire-failure.ts";

const password = 'pä ss/w+rd"é';
const secrets = secretsKept();
secrets.learn({ kind: "basic", username: "ann", password });

test("A secret is concealed however it is written", () => {
  const basic = Buffer.from(`ann:${password}`);
  const spelled = [
    password,
    encodeURIComponent(password),
    new URLSearchParams({ p: password }).toString(),
    JSON.stringify({ password }),
    basic.toString("base64"),
    basic.toString("base64url"),
    password.toLowerCase().toUpperCase(),
    encodeURIComponent(basic.toString("base64")),
    Buffer.from(password).toString("hex"),
  ];
  for (const text of spelled) {
    const shown = secrets.conceal(`before ${text} after`);
    assert.match(shown, /^before .*REDACTED.* after$/);
    assert.ok(!shown.includes(text));
  }
  assert.equal(secrets.conceal("nothing of it"), "nothing of it");
});

test("Words that are too short to be secrets are left", () => {
  const short = secretsKept();
  short.learn({ kind: "basic", username: "a", password: "b" });
  assert.equal(short.conceal("a bad blob"), "a bad blob");
});

test("A failure is the same without its secrets, without its cause, and may still pass", () => {
  const told = passing(
    new Failure("REGISTRY_ERROR", `no: ${password}`, { hint: `Not ${password}.`, facts: { status: 503, url: password }, cause: password }),
    { afterMs: 5 },
  );
  const shown = concealing(told, secrets);
  assert.ok(shown instanceof Failure);
  assert.deepEqual([shown.code, shown.message, shown.hint], ["REGISTRY_ERROR", "no: REDACTED", "Not REDACTED."]);
  assert.deepEqual(shown.facts, { status: 503, url: "REDACTED" });
  assert.equal(shown.cause, undefined);
  assert.deepEqual(retryAdvice(shown), { afterMs: 5 });
  const clean = new Failure("NOT_FOUND", "nothing there");
  assert.equal(concealing(clean, secrets), clean);
});

test("Old tokens are forgotten, credentials never", () => {
  const many = secretsKept();
  many.learn({ kind: "identity-token", token: "refresh-token" });
  for (let n = 0; n < 300; n++) many.learnToken(`token-number-${n}-`);
  assert.equal(many.conceal("token-number-299- refresh-token token-number-1-"), "REDACTED REDACTED token-number-1-");
});
