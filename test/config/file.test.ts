import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSettings } from "../../src/config/index.ts";
import { Failure, type FailureCode } from "../../src/failure/index.ts";

const load = async (text: string) => await loadSettings({ readFile: async () => Buffer.from(text), env: {}, flags: {} });

/** What is wrong with a file that is otherwise complete. */
const wrong: readonly (readonly [what: string, text: string, line: number, code: FailureCode, message: RegExp])[] = [
  ["a key with a slip of the finger", "platfrom: x", 1, "CONFIG_UNKNOWN_KEY", /no key "platfrom"; did you mean "build\.platform"\?/],
  ["a nested key with a slip", "build:\n  fiel: x", 2, "CONFIG_UNKNOWN_KEY", /no key "fiel" in build; did you mean "file"\?/],
  ["a right key in the wrong place", "file: x", 1, "CONFIG_UNKNOWN_KEY", /did you mean "build\.file"\?/],
  [
    "a key in a list",
    "destinations:\n  - registri: r.s",
    2,
    "CONFIG_UNKNOWN_KEY",
    /no key "registri" in destinations\.0; did you mean "registry"\?/,
  ],
  ["a key in a union", "tags:\n  latest: { brunch: x }", 2, "CONFIG_UNKNOWN_KEY", /in tags\.latest; did you mean "branch"\?/],
  ["a list's key outside the list", "registry: x", 1, "CONFIG_UNKNOWN_KEY", /did you mean "destinations\[\]\.registry"\?/],
  ["a key like nothing known", "zzzzzz: 1", 1, "CONFIG_UNKNOWN_KEY", /no key "zzzzzz"$/],
  ["a merge key", "a: &a {}\n<<: *a", 1, "CONFIG_UNKNOWN_KEY", /waybill\.yaml:2: there is no key "<<"/],
  ["a number for text", "build:\n\n  platform: 3", 3, "CONFIG_INVALID", /build\.platform: expected one platform.*found the number 3/],
  ["text for a list", "branches: main", 1, "CONFIG_INVALID", /branches: expected a list.*found "main"/],
  ["a list for a map", "build: [1]", 1, "CONFIG_INVALID", /build: expected a map, found a list/],
  ["a list for everything", "- a", 1, "CONFIG_INVALID", /expected a map of settings, found a list/],
  ["a value that is missing", "image:", 1, "CONFIG_INVALID", /image: expected a repository name.*found nothing/],
  ["a required key that is missing", "images:\n  - image: a/b", 2, "CONFIG_INVALID", /images\.0\.name: expected .*, and it is missing/],
  ["no destination in the list", "destinations: []", 1, "CONFIG_INVALID", /at least one destination, found an empty list/],
  ["a name with capitals", "image: Team/App", 1, "CONFIG_INVALID", /found "Team\/App"/],
  ["a registry with a scheme", "destinations: [{ registry: 'https://r.s' }]", 1, "CONFIG_INVALID", /without https:/],
  ["two platforms in one", "build: { platform: 'linux/amd64,linux/arm64' }", 1, "CONFIG_INVALID", /expected one platform/],
  ["an unknown engine", "build: { engine: kaniko }", 1, "CONFIG_INVALID", /expected auto, assemble, buildx or buildah, found "kaniko"/],
  ["a secret with two places", "build: { secrets: { npm: { env: A, file: b } } }", 1, "CONFIG_INVALID", /either env or file/],
  ["a secret in the file itself", "build: { secrets: { npm: hunter2 } }", 1, "CONFIG_INVALID", /either env or file/],
  ["a registry cache without a tag", "build: { cache: { type: registry } }", 1, "CONFIG_INVALID", /ref for registry/],
  ["a cache of two kinds", "build: { cache: { type: local, dir: x, ref: 'r.s/a:b' } }", 1, "CONFIG_INVALID", /ref for registry/],
  ["an age that is none", "build: { reuse: { maxAge: forever } }", 1, "CONFIG_INVALID", /90s, 15m, 12h or 7d/],
  ["a depth without end", "build: { reuse: { depth: 100000 } }", 1, "CONFIG_INVALID", /1 to 1000/],
  ["a file outside the repository", "build: { file: ../Dockerfile }", 1, "CONFIG_INVALID", /inside it, found "\.\.\/Dockerfile"/],
  ["an absolute context", "build: { context: /src }", 1, "CONFIG_INVALID", /build\.context/],
  ["a role that is a user", "destinations: [{ registry: r.s, role: 'arn:aws:iam::1:user/x' }]", 1, "CONFIG_INVALID", /an IAM role/],
  ["a release tag without the commit", "tags: { release: stable }", 1, "CONFIG_INVALID", /\{sha\}/],
  [
    "a moving tag that looks like a commit",
    `tags: { moving: { "${"a".repeat(40)}": {} } }`,
    1,
    "CONFIG_INVALID",
    /neither a commit nor latest/,
  ],
  ["an unknown word in a stamp", "build: { stamp: { env: { V: '{branch}' } } }", 1, "CONFIG_INVALID", /only \{sha\}, \{short\}/],
  ["a variable's name with a dash", "build: { args: { A-B: x } }", 1, "CONFIG_INVALID", /the key "A-B" is not the name of a variable/],
  ["an epoch with a fraction", "build: { epoch: 1.5 }", 1, "CONFIG_INVALID", /whole number of seconds/],
  ["an epoch before 1970", "build: { epoch: -1 }", 1, "CONFIG_INVALID", /from 0 to/],
  ["a branch with a space", "branches: [a b]", 1, "CONFIG_INVALID", /branches\.0/],
  ["plain HTTP to another machine", "endpoints: { r.s: 'http://r.s' }", 1, "CONFIG_INVALID", /http:\/\/ only to this machine/],
  ["another scheme", "endpoints: { r.s: 'ftp://r.s' }", 1, "CONFIG_INVALID", /https:\/\/ URL/],
  ["a URL with a query", "endpoints: { r.s: 'https://r.s/?a=b' }", 1, "CONFIG_INVALID", /without user, query/],
  ["a key that stands twice", "image: a/b\nimage: c/d", 2, "CONFIG_INVALID", /"image" stands here twice/],
  ["a key that would reach the prototype", "build:\n  __proto__: {}", 2, "CONFIG_INVALID", /"__proto__" can be no key/],
  ["a key that is no text", "1: a", 1, "CONFIG_INVALID", /a key is no text/],
  ["an alias of nothing", "image: *a", 1, "CONFIG_INVALID", /\*a names nothing/],
  ["an alias of itself", "image: &a [*a]", 1, "CONFIG_INVALID", /nested more than/],
  ["a tag of its own", "image: !!js/function x", 1, "CONFIG_INVALID", /not valid YAML/],
  ["tabs", "build:\n\tfile: x", 2, "CONFIG_INVALID", /Tabs/],
  ["two documents", "image: a/b\n---\nimage: a/b", 2, "CONFIG_INVALID", /a second document/],
  ["brackets without end", "[".repeat(5_000), 1, "CONFIG_INVALID", /nested too deep/],
  ["image beside images", "image: a/b\nimages: [{ name: c }]\ndestinations: [{ registry: r.s }]", 1, "CONFIG_INVALID", /several/],
  [
    "one name for two images",
    "destinations: [{ registry: r.s }]\nimages:\n  - name: a\n  - name: a",
    4,
    "CONFIG_INVALID",
    /two images have the name "a"/,
  ],
  [
    "a cache under an image's moving tag",
    "image: a\ndestinations: [{ registry: r.s }]\nbuild: { cache: { type: registry, ref: 'r.s/a:latest' } }",
    1,
    "CONFIG_INVALID",
    /the build cache of a would be written over the image r\.s\/a:latest of a/,
  ],
  [
    "a cache under a tag of releases",
    "image: a\ndestinations: [{ registry: r.s }]\nbuild: { cache: { type: registry, ref: 'r.s/a:v1.2.3' } }",
    1,
    "CONFIG_INVALID",
    /written over the image r\.s\/a:v1\.2\.3/,
  ],
  [
    "two images under one tag",
    "destinations: [{ registry: r.s }]\nimages:\n  - name: a\n  - { name: b, image: a }",
    4,
    "CONFIG_INVALID",
    /b and a both go to r\.s\/a:\{sha\}/,
  ],
  [
    "one destination twice",
    "image: a/b\ndestinations:\n  - registry: r.s\n  - registry: r.s",
    4,
    "CONFIG_INVALID",
    /destination r\.s\/a\/b stands here twice/,
  ],
  ["a destination without registry", "image: a/b\ndestinations:\n  - trusted: true", 3, "CONFIG_MISSING", /has no registry/],
  ["a destination without repository", "destinations:\n  - registry: r.s", 2, "CONFIG_MISSING", /which repository of r\.s/],
];

for (const [what, text, line, code, message] of wrong) {
  test(`${what} is an error with its line`, async () => {
    await assert.rejects(load(text), (failure) => {
      assert.ok(failure instanceof Failure);
      assert.match(failure.message, message);
      assert.equal(failure.code, code);
      assert.match(failure.message, new RegExp(`^waybill\\.yaml:${line}: `));
      assert.equal(failure.exitCode, 2);
      assert.ok(code === "CONFIG_INVALID" || failure.hint !== undefined);
      return true;
    });
  });
}

test("all that is wrong is said at once, in the order of the lines", async () => {
  await assert.rejects(load("image: A\nbuild:\n  platform: 3\n  fiel: x\nzzz: 1"), (failure) => {
    assert.ok(failure instanceof Failure);
    assert.deepEqual(
      failure.message.split("\n").map((line) => line.split(":")[1]),
      ["1", "3", "4", "5"],
    );
    assert.deepEqual(failure.facts, { file: "waybill.yaml", line: 1 });
    return true;
  });
});

test("a file of a thousand errors is told in ten lines", async () => {
  const text = Array.from({ length: 1000 }, (_, index) => `key${index}: 1`).join("\n");
  await assert.rejects(load(text), /key9"[^\n]*\nand 990 more$/);
});

test("a credential in a URL is not repeated", async () => {
  await assert.rejects(load("endpoints: { r.s: 'https://user:hunter2@r.s' }"), (failure) => {
    assert.ok(failure instanceof Failure);
    assert.doesNotMatch(JSON.stringify([failure.message, failure.hint, failure.facts]), /hunter2/);
    return true;
  });
});

test("aliases that multiply are stopped", async () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [index, name] of [..."bcdefghij"].entries())
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[index]}`).join(", ")}]`);
  await assert.rejects(load(bomb.join("\n")), { code: "CONFIG_INVALID", message: /more than 20000 values/ });
});

test("a file that is too large or is no text is refused before it is parsed", async () => {
  await assert.rejects(load("#".repeat(300_000)), { code: "CONFIG_INVALID", message: /300000 bytes/ });
  const binary = loadSettings({ readFile: async () => new Uint8Array([0xff, 0xfe, 0x00]), env: {}, flags: {} });
  await assert.rejects(binary, { code: "CONFIG_INVALID", message: /not UTF-8/ });
});

test("a file of comments leaves everything open", async () => {
  await assert.rejects(load("# nothing yet\n"), { code: "CONFIG_MISSING" });
});

test("A cache may lie beside images under a tag that no image gets", async () => {
  const text = "image: a/b\ndestinations: [{ registry: r.s }]\nbuild: { cache: { type: registry, ref: 'r.s/a/b:buildcache' } }";
  const { images } = await load(text);
  assert.equal(images[0]?.build.cache.type, "registry");
});
