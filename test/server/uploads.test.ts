import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { digestOf } from "../../src/oci/index.ts";
import { diskRepositories, memoryRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

const folder = await aFolder();
after(async () => await folder[Symbol.asyncDispose]());

for (const [place, repositories] of [
  ["in memory", memoryRepositories()],
  ["on disk", diskRepositories(folder.path, { durable: false })],
] as const) {
  describe(`uploads to a registry ${place}`, async () => {
    const registry = await anEmbeddedRegistry({ repositories });
    after(async () => await registry[Symbol.asyncDispose]());
    const { ask, startUpload } = registry;
    const chunk = async (path: string, body: string, range?: string) =>
      await ask("PATCH", path, { body, headers: range === undefined ? {} : { "content-range": range } });
    const readBack = async (digest: string): Promise<string> => await (await ask("GET", `/v2/team/app/blobs/${digest}`)).text();

    test("are monolithic: POST, then PUT", async () => {
      const digest = digestOf("post put");
      const started = await ask("POST", "/v2/team/app/blobs/uploads/");
      assert.equal(started.status, 202);
      const location = started.headers.get("location") ?? "";
      assert.match(location, /^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f-]{36}$/);
      assert.equal(location.endsWith(started.headers.get("docker-upload-uuid") ?? "?"), true);
      const put = await ask("PUT", `${location}?digest=${digest}`, { body: "post put" });
      assert.deepEqual(
        [put.status, put.headers.get("location"), put.headers.get("docker-content-digest")],
        [201, `/v2/team/app/blobs/${digest}`, digest],
      );
      assert.equal(await readBack(digest), "post put");
    });

    test("are one POST with the digest", async () => {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const digest = digestOf(`one post ${algorithm}`, algorithm);
        const answer = await ask("POST", `/v2/team/app/blobs/uploads/?digest=${digest}`, { body: `one post ${algorithm}` });
        assert.deepEqual([answer.status, answer.headers.get("docker-content-digest")], [201, digest]);
        assert.equal(await readBack(digest), `one post ${algorithm}`);
      }
    });

    test("are chunks in order, the last with the PUT or before it", async () => {
      for (const last of ["with PUT", "before"]) {
        const path = await startUpload("team/app");
        const first = await chunk(path, "abc", "0-2");
        assert.deepEqual([first.status, first.headers.get("range"), first.headers.get("location")], [202, "0-2", path]);
        assert.equal((await chunk(path, "def", "3-5")).headers.get("range"), "0-5");
        const digest = digestOf(`abcdef${last}`);
        const range = { "content-range": `6-${5 + last.length}` };
        if (last === "before") assert.equal((await ask("PATCH", path, { body: last, headers: range })).status, 202);
        const put = last === "before" ? {} : { body: last, headers: range };
        assert.equal((await ask("PUT", `${path}?digest=${digest}`, put)).status, 201);
        assert.equal(await readBack(digest), `abcdef${last}`);
      }
    });

    test("take a chunk without Content-Range, of any length said or not", async () => {
      const path = await startUpload("team/app");
      const body = new ReadableStream({
        start(controller) {
          for (const part of ["a", "bc", "def"]) controller.enqueue(Buffer.from(part));
          controller.close();
        },
      });
      assert.equal((await ask("PATCH", path, { body })).headers.get("range"), "0-5");
      assert.equal((await ask("PUT", `${path}?digest=${digestOf("abcdef")}`)).status, 201);
    });

    test("refuse a chunk out of order with 416 and where to go on, and are unharmed", async () => {
      const path = await startUpload("team/app");
      assert.equal((await chunk(path, "abc", "0-2")).status, 202);
      for (const range of ["0-2", "2-4", "4-6", "100-102"]) {
        const answer = await chunk(path, "xyz", range);
        assert.deepEqual([answer.status, answer.headers.get("range"), answer.headers.get("location")], [416, "0-2", path], range);
        assert.deepEqual(await codesOf(answer), ["BLOB_UPLOAD_INVALID"]);
      }
      const put = await ask("PUT", `${path}?digest=${digestOf("abcdef")}`, { body: "def", headers: { "content-range": "4-6" } });
      assert.equal(put.status, 416);
      await put.text();
      const state = await ask("GET", path);
      assert.deepEqual([state.status, state.headers.get("range"), state.headers.get("location")], [204, "0-2", path]);
      assert.equal((await chunk(path, "def", "3-5")).status, 202);
      assert.equal((await ask("PUT", `${path}?digest=${digestOf("abcdef")}`)).status, 201);
    });

    test("refuse what is no Content-Range, and a chunk of another length", async () => {
      const path = await startUpload("team/app");
      for (const range of ["abc", "-3", "5-2", "0-"]) {
        const answer = await chunk(path, "abc", range);
        assert.equal(answer.status, 400, range);
        assert.deepEqual(await codesOf(answer), ["BLOB_UPLOAD_INVALID"]);
      }
      const answer = await chunk(path, "abc", "0-9");
      assert.equal(answer.status, 400);
      assert.deepEqual(await codesOf(answer), ["SIZE_INVALID"]);
    });

    test("begin at zero", async () => {
      const path = await startUpload("team/app");
      assert.equal((await chunk(path, "abc", "1-3")).status, 416);
      assert.equal((await ask("GET", path)).headers.get("range"), "0-0");
    });

    test("take the digest algorithm that they were started with, or another", async () => {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const started = await ask("POST", "/v2/team/app/blobs/uploads/?digest-algorithm=sha512");
        const path = started.headers.get("location") ?? "";
        await chunk(path, "any", "0-2");
        assert.equal((await ask("PUT", `${path}?digest=${digestOf("any", algorithm)}`)).status, 201);
      }
      const unknown = await ask("POST", "/v2/team/app/blobs/uploads/?digest-algorithm=md5");
      assert.deepEqual([unknown.status, await codesOf(unknown)], [400, ["DIGEST_INVALID"]]);
    });

    test("end with a wrong digest: nothing is kept, the session is gone", async () => {
      const path = await startUpload("team/app");
      const answer = await ask("PUT", `${path}?digest=${digestOf("right")}`, { body: "wrong" });
      assert.deepEqual([answer.status, await codesOf(answer)], [400, ["DIGEST_INVALID"]]);
      assert.equal((await ask("GET", path)).status, 404);
      for (const text of ["right", "wrong"]) assert.equal((await ask("HEAD", `/v2/team/app/blobs/${digestOf(text)}`)).status, 404);
      const post = await ask("POST", `/v2/team/app/blobs/uploads/?digest=${digestOf("right")}`, { body: "wrong" });
      assert.deepEqual([post.status, await codesOf(post)], [400, ["DIGEST_INVALID"]]);
    });

    test("without a digest, or with what is none, are not ended", async () => {
      const path = await startUpload("team/app");
      for (const query of ["", "?digest=", "?digest=sha256:abc", "?digest=md5:abc"]) {
        const answer = await ask("PUT", `${path}${query}`, { body: "x" });
        assert.deepEqual([answer.status, await codesOf(answer)], [400, ["DIGEST_INVALID"]], query);
      }
      assert.equal((await ask("PUT", `${path}?digest=${digestOf("x")}`, { body: "x" })).status, 201);
    });

    test("are given up with DELETE", async () => {
      const path = await startUpload("team/app");
      assert.equal((await ask("DELETE", path)).status, 204);
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const answer = await ask(method, path, method === "PATCH" ? { body: "x" } : {});
        assert.deepEqual([answer.status, await codesOf(answer)], [404, ["BLOB_UPLOAD_UNKNOWN"]]);
      }
      assert.equal((await ask("PUT", `${path}?digest=${digestOf("x")}`, { body: "x" })).status, 404);
    });

    test("belong to their repository", async () => {
      const path = await startUpload("team/app");
      assert.equal((await ask("GET", path.replace("team/app", "team/other"))).status, 404);
    });

    test("of what is there already succeed", async () => {
      await registry.pushBlob("team/app", "again");
      await registry.pushBlob("team/app", "again");
      assert.equal(await readBack(digestOf("again")), "again");
    });

    test("mount a blob from another repository", async () => {
      const digest = await registry.pushBlob("team/base", `mounted ${place}`);
      const answer = await ask("POST", `/v2/team/app/blobs/uploads/?mount=${digest}&from=team/base`);
      assert.deepEqual(
        [answer.status, answer.headers.get("location"), answer.headers.get("docker-content-digest")],
        [201, `/v2/team/app/blobs/${digest}`, digest],
      );
      assert.equal(await readBack(digest), `mounted ${place}`);
    });

    test("mount a blob from wherever it is, where no repository is named", async () => {
      const digest = await registry.pushBlob("team/base", `anywhere ${place}`);
      assert.equal((await ask("POST", `/v2/team/app/blobs/uploads/?mount=${digest}`)).status, 201);
      assert.equal(await readBack(digest), `anywhere ${place}`);
    });

    test("go on as usual where there is nothing to mount", async () => {
      for (const from of ["&from=team/nothing", ""]) {
        const digest = digestOf(`not mounted ${from}`);
        const answer = await ask("POST", `/v2/team/app/blobs/uploads/?mount=${digest}${from}`);
        assert.equal(answer.status, 202);
        const put = await ask("PUT", `${answer.headers.get("location")}?digest=${digest}`, { body: `not mounted ${from}` });
        assert.equal(put.status, 201);
      }
    });

    test("refuse to mount what is no digest, or from what is no repository", async () => {
      const bad = await ask("POST", "/v2/team/app/blobs/uploads/?mount=sha256:abc&from=team/base");
      assert.deepEqual([bad.status, await codesOf(bad)], [400, ["DIGEST_INVALID"]]);
      const name = await ask("POST", `/v2/team/app/blobs/uploads/?mount=${digestOf("x")}&from=../etc`);
      assert.deepEqual([name.status, await codesOf(name)], [400, ["NAME_INVALID"]]);
    });

    test("start with POST only", async () => {
      const answer = await ask("GET", "/v2/team/app/blobs/uploads/");
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "POST"]);
    });
  });
}
