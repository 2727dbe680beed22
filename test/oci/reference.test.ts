import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../src/failure/index.ts";
import { digestOf, formatReference, isTag, parseReference, parseRepository, parseTag } from "../../src/oci/index.ts";

const sha256 = digestOf("x");
const sha512 = digestOf("x", "sha512");

/** Text, and what it names: host, repository, tag, digest. */
const valid: Readonly<Record<string, readonly [string, string, (string | undefined)?, string?]>> = {
  busybox: ["docker.io", "library/busybox"],
  "busybox:1.36": ["docker.io", "library/busybox", "1.36"],
  "team/app": ["docker.io", "team/app"],
  "index.docker.io/team/app": ["docker.io", "team/app"],
  "docker.io/app": ["docker.io", "library/app"],
  "localhost/app:v1": ["localhost", "app", "v1"],
  "localhost:5000/app": ["localhost:5000", "app"],
  "127.0.0.1:5000/a/b/c:latest": ["127.0.0.1:5000", "a/b/c", "latest"],
  "[::1]:5000/app": ["[::1]:5000", "app"],
  "[2001:db8::1]/app:t": ["[2001:db8::1]", "app", "t"],
  "712023778557.dkr.ecr.us-east-1.amazonaws.com/quiltdata/benchling:latest": [
    "712023778557.dkr.ecr.us-east-1.amazonaws.com",
    "quiltdata/benchling",
    "latest",
  ],
  [`r.example/a/b@${sha256}`]: ["r.example", "a/b", undefined, sha256],
  [`r.example/a/b:v1@${sha512}`]: ["r.example", "a/b", "v1", sha512],
  "REGISTRY/app": ["REGISTRY", "app"],
  "r.example/a__b/c--d.e_f": ["r.example", "a__b/c--d.e_f"],
};

const invalid = [
  "",
  ":tag",
  "/app",
  "r.example/",
  "r.example/App",
  "r.example/a//b",
  "r.example/a/",
  "r.example/a___b",
  "r.example/.a",
  "r.example/a:",
  "r.example/a:-tag",
  `r.example/a:${"t".repeat(129)}`,
  "r.example/a@sha256:abc",
  `r.example/a@${sha256.toUpperCase()}`,
  `r.example/a@md5:${"a".repeat(32)}`,
  `r.example/a@${sha256}@${sha256}`,
  "r.example:99999/a",
  "r.example:port/a",
  "-r.example/a",
  "https://r.example/a",
  "r.example/a b",
  "r.example/a\n",
  "r.example/../a",
  `r.example/${"a".repeat(256)}`,
];

suite("an image reference", () => {
  for (const [text, [host, repository, tag, digest]] of Object.entries(valid)) {
    test(`${text} is read with the distribution grammar, and written back`, () => {
      const reference = parseReference(text);
      assert.deepEqual({ ...reference }, { host, repository, ...(tag && { tag }), ...(digest && { digest }) });
      assert.deepEqual(parseReference(formatReference(reference)), reference);
    });
  }

  for (const text of invalid) {
    test(`${JSON.stringify(text.slice(0, 60))} is refused with a hint`, () => {
      assert.throws(
        () => parseReference(text),
        (thrown) => thrown instanceof Failure && thrown.code === "REFERENCE_INVALID" && !!thrown.hint,
      );
    });
  }

  test("is parsed or refused, whatever it is, and what is parsed keeps its meaning", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."abcAB01._-/:@[]", "sha256:", "localhost", ".example") });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: "binary" })), (text) => {
        try {
          const reference = parseReference(text);
          assert.deepEqual(parseReference(formatReference(reference)), reference);
        } catch (thrown) {
          assert.ok(thrown instanceof Failure && thrown.code === "REFERENCE_INVALID", String(thrown));
        }
      }),
    );
  });

  test("of any length is judged at once", { timeout: 5000 }, () => {
    for (const text of ["a-".repeat(100_000), "a.".repeat(100_000), `r.example/${"a_".repeat(100_000)}`, `${"a-".repeat(50_000)}.b/c`]) {
      assert.throws(() => parseReference(text));
    }
  });

  test("that is only a repository has no tag", () => {
    assert.throws(() => parseRepository("r.example/a:v1"), { code: "REFERENCE_INVALID" });
    assert.deepEqual(parseRepository("r.example:5000/a"), { host: "r.example:5000", repository: "a" });
  });

  test("has a tag of 1 to 128 characters that begins with neither dot nor dash", () => {
    for (const tag of ["a", "_", "0".repeat(128), "v1.2-rc_3"]) assert.equal(parseTag(tag), tag);
    for (const tag of ["", ".a", "-a", "a/b", "a:b", "ä", "a".repeat(129), "a\n"]) assert.equal(isTag(tag), false, tag);
  });
});
