import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTag } from "../../src/oci/index.ts";
import { anEmbeddedRegistry, codesOf } from "../support/embedded-registry.ts";
import { anImage, put } from "../support/images.ts";

/** A repository with some tags. */
async function withTags(repository: string, tags: readonly string[]) {
  const registry = await anEmbeddedRegistry();
  const store = registry.repositories.open(repository);
  const image = await anImage(store);
  for (const tag of tags) await store.tag(parseTag(tag), image);
  const list = async (query = "") => {
    const answer = await registry.ask("GET", `/v2/${repository}/tags/list${query}`);
    return { answer, body: (await answer.json()) as { readonly name: string; readonly tags: readonly string[] } };
  };
  return { registry, store, list, [Symbol.asyncDispose]: async () => await registry[Symbol.asyncDispose]() };
}

const many = ["10", "9", "B", "a", "b", "c"];

test("all tags are listed in ASCII order", async () => {
  await using repository = await withTags("team/app", ["b", "a", "B", "10", "c", "9"]);
  const { answer, body } = await repository.list();
  assert.deepEqual([answer.status, answer.headers.get("content-type"), answer.headers.get("link")], [200, "application/json", null]);
  assert.deepEqual(body, { name: "team/app", tags: many });
});

const pages: readonly (readonly [string, readonly string[], string | null])[] = [
  ["?n=2", ["10", "9"], '</v2/team/app/tags/list?n=2&last=9>; rel="next"'],
  ["?n=2&last=9", ["B", "a"], '</v2/team/app/tags/list?n=2&last=a>; rel="next"'],
  ["?n=2&last=a", ["b", "c"], null],
  ["?n=6", many, null],
  ["?n=100", many, null],
  ["?last=a", ["b", "c"], null],
  ["?last=aa", ["b", "c"], null],
  ["?last=zzz", [], null],
  ["?n=0", [], null],
  ["?n=0&last=a", [], null],
  ["?n=1&last=b", ["c"], null],
];
test("tags are listed in pages", async (t) => {
  await using repository = await withTags("team/app", many);
  for (const [query, tags, link] of pages) {
    await t.test(query, async () => {
      const { answer, body } = await repository.list(query);
      assert.deepEqual([answer.status, body.tags, answer.headers.get("link")], [200, tags, link]);
    });
  }
  for (const n of ["-1", "abc", "1.5", "1e3", ""]) {
    await t.test(`n=${n} is refused`, async () => {
      assert.equal((await repository.list(`?n=${n}`)).answer.status, 400);
    });
  }
});

test("a walk from link to link meets each tag once", async () => {
  const tags = Array.from({ length: 25 }, (_, at) => `t${at}`);
  await using repository = await withTags("team/app", tags);
  const seen: string[] = [];
  for (let query: string | undefined = "?n=4"; query !== undefined; ) {
    const { answer, body } = await repository.list(query);
    seen.push(...body.tags);
    query = /^<[^?]+(\?[^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  assert.deepEqual(seen, [...tags].sort());
});

test("a repository without tags has an empty list, one that does not exist has none", async () => {
  await using repository = await withTags("team/app", []);
  assert.deepEqual((await repository.list()).body.tags, []);
  const answer = await repository.registry.ask("GET", "/v2/team/none/tags/list");
  assert.deepEqual([answer.status, await codesOf(answer)], [404, ["NAME_UNKNOWN"]]);
});

test("the catalog lists repositories in pages", async () => {
  await using registry = await anEmbeddedRegistry();
  for (const name of ["b", "a/c", "a/b", "a"]) await put(registry.repositories.open(name), "text/plain", Buffer.from(name));
  await registry.ask("GET", "/v2/asked/for/manifests/only");
  const all = await registry.ask("GET", "/v2/_catalog");
  assert.deepEqual(await all.json(), { repositories: ["a", "a/b", "a/c", "b"] });
  const some = await registry.ask("GET", "/v2/_catalog?n=2&last=a");
  assert.equal(some.headers.get("link"), '</v2/_catalog?n=2&last=a%2Fc>; rel="next"');
  assert.deepEqual(await some.json(), { repositories: ["a/b", "a/c"] });
});

test("lists are asked for with HEAD as well, and cannot be written", async () => {
  await using repository = await withTags("team/app", ["a"]);
  for (const path of ["/v2/team/app/tags/list", "/v2/_catalog"]) {
    const head = await repository.registry.ask("HEAD", path);
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.equal((await repository.registry.ask("DELETE", path)).status, 405);
  }
});
