import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, failureOf } from "../../support/registry-client.ts";
import { type Intercept, refuse, registryServer, reply } from "../../support/registry-server.ts";

/** Answers the list of tags page by page, two at once, from unsorted tags. */
function paging(tags: readonly string[], link: (next: number) => string): Intercept {
  return (_, response, { url }) => {
    const at = Number(new URL(url, "http://x").searchParams.get("at") ?? 0);
    const more = at + 2 < tags.length ? { link: link(at + 2) } : {};
    response
      .writeHead(200, { "content-type": "application/json", ...more })
      .end(JSON.stringify({ name: "team/app", tags: tags.slice(at, at + 2) }));
    return true;
  };
}

const list = async (host: string): Promise<readonly string[]> => {
  await using under = clientOf(host);
  return await Array.fromAsync(under.store.tags());
};

test("All pages are read, and the tags come in lexical order, each once", async () => {
  await using server = await registryServer();
  const tags = ["v2", "latest", "v1", "latest", "A"];
  server.intercept = paging(tags, (next) => `</v2/team/app/tags/list?at=${next}>; rel="next"`);
  assert.deepEqual(await list(server.host), ["A", "latest", "v1", "v2"]);
  server.intercept = paging(
    tags,
    (next) => `<http://${server.host}/v2/team/app/tags/list?at=${next}>; title="a"; rel=next, <x>; rel="prev"`,
  );
  assert.deepEqual(await list(server.host), ["A", "latest", "v1", "v2"]);
});

test("A next page at another host is not asked for", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  server.intercept = paging(["a", "b", "c"], () => `<http://${other.host}/v2/team/app/tags/list?at=2>; rel="next"`);
  assert.deepEqual(await list(server.host), ["a", "b"]);
  assert.equal(other.requests.length, 0);
});

test("Pages that lead in a circle end", async () => {
  await using server = await registryServer();
  server.intercept = paging(["a", "b", "c"], () => `</v2/team/app/tags/list?at=0>; rel="next"`);
  const failure = await failureOf(list(server.host), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /does not end/);
});

test("A repository that is absent or empty has no tags", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => refuse(response, 404, "NAME_UNKNOWN");
  assert.deepEqual(await list(server.host), []);
  server.intercept = (_, response) => reply(response, 200, {}, '{"name":"team/app","tags":null}');
  assert.deepEqual(await list(server.host), []);
});

test("What is no tag is left out", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => reply(response, 200, {}, JSON.stringify({ tags: ["ok", "../no", 7, "", "x".repeat(129)] }));
  assert.deepEqual(await list(server.host), ["ok"]);
});
