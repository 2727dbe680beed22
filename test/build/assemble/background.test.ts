import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { assembleEngine, type BuildContext, type ImageSource } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import type { Event } from "../../../src/report/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { readImage } from "../../support/built.ts";
import { aBuildRequest, aContext, type ContextFiles } from "../../support/context.ts";

/** What is read of a file once it is let go of; a Failure breaks it. */
type Gate = PromiseWithResolvers<Failure | undefined>;

/** A context with files that are read only when they are let go of, and the names of those that are asked for. */
function gated(files: ContextFiles, names: readonly string[]): { context: BuildContext; gates: Map<string, Gate>; asked: string[] } {
  const plain = aContext(files);
  const gates = new Map(names.map((name) => [name, Promise.withResolvers<Failure | undefined>()]));
  const asked: string[] = [];
  const open: BuildContext["open"] = async (path) => {
    const source = await plain.open(path);
    return {
      ...source,
      async *open(offset = 0) {
        asked.push(path);
        const failure = await gates.get(path)?.promise;
        if (failure !== undefined) throw failure;
        yield* source.open(offset);
      },
    };
  };
  return { context: { ...plain, open }, gates, asked };
}

/** Builds, and gives the events in words as they come. */
function building(dockerfile: string, context: BuildContext, signal?: AbortSignal) {
  const store = memoryStore();
  const told: string[] = [];
  const emit = (event: Event): void => {
    if (event.kind === "build") told.push(`${event.name} ${event.state}`);
  };
  const built = assembleEngine().build(aBuildRequest(dockerfile, { context }), store, { emit, signal });
  built.catch(() => {});
  return { built, told, store };
}

/** Waits until something is so. */
async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    assert.ok(tries < 500, "it never came so far");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const files = { a: "a", b: "b", c: "c", d: "d" };
const dockerfile = "FROM scratch\nCOPY a /\nCOPY b /\nENV X=1\nCOPY c /\n";

suite("A layer that is still being packed", () => {
  test("lets the next instructions begin, two layers at once, and keeps its place", async () => {
    const { context, gates, asked } = gated(files, ["a", "b"]);
    const { built, told, store } = building(dockerfile, context);
    await until(() => asked.includes("a") && asked.includes("b") && told.includes("COPY c / started"));
    assert.deepEqual(told, ["COPY a / started", "COPY b / started", "ENV X=1 started", "ENV X=1 done", "COPY c / started"]);
    // Two are under way: the third one waits.
    assert.deepEqual(asked, ["a", "b"]);
    gates.get("b")?.resolve(undefined);
    await until(() => told.includes("COPY c / done"));
    assert.ok(!told.includes("COPY a / done"));
    gates.get("a")?.resolve(undefined);
    const { content } = await built;
    assert.equal(told.at(-1), "COPY a / done");
    const image = await readImage(store, content);
    assert.deepEqual(
      image.layers.map((layer) => [...layer.keys()]),
      [["a"], ["b"], ["c"]],
    );
    assert.deepEqual(
      image.config.history?.map(({ created_by }) => created_by),
      ["COPY a /", "COPY b /", "ENV X=1", "COPY c /"],
    );
  });

  test("fails the build with its own line, and ends the others", async () => {
    const { context, gates, asked } = gated(files, ["a", "b"]);
    const { built, told } = building(dockerfile, context);
    await until(() => asked.length === 2);
    gates.get("a")?.resolve(new Failure("CONTEXT_INVALID", "the file cannot be read"));
    // It is waited for: nothing may be written any more when the build has failed.
    await until(() => told.includes("COPY c / started"));
    gates.get("b")?.resolve(undefined);
    await assert.rejects(built, (failure) => {
      assert.ok(failure instanceof Failure);
      assert.deepEqual([failure.code, failure.facts["line"]], ["CONTEXT_INVALID", 2]);
      assert.match(failure.message, /Dockerfile:2: the file cannot be read\n {2}2 \| COPY a \//);
      return true;
    });
    assert.ok(!asked.includes("c"));
  });

  test("ends an instruction that waits for something else when it fails", { timeout: 10_000 }, async () => {
    const { context, gates } = gated(files, ["a"]);
    const images: ImageSource = {
      image: (_name, signal) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    };
    const request = aBuildRequest("FROM scratch\nCOPY a /\nCOPY --from=busybox /b /\n", { context, images });
    const built = assembleEngine().build(request, memoryStore(), { emit: () => {} });
    gates.get("a")?.resolve(new Failure("CONTEXT_INVALID", "the file cannot be read"));
    await assert.rejects(built, /Dockerfile:2: the file cannot be read/);
  });

  test("is ended by an instruction that fails, before the build has failed", async () => {
    const { context, gates, asked } = gated(files, ["a"]);
    const { built, store } = building("FROM scratch\nCOPY a /\nCOPY missing /\n", context);
    let over = false;
    const ended = built.catch((failure: unknown) => failure).finally(() => (over = true));
    await until(() => asked.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(!over);
    gates.get("a")?.resolve(undefined);
    const failure = await ended;
    assert.ok(failure instanceof Failure);
    assert.match(failure.message, /Dockerfile:3: the context has no missing/);
    assert.deepEqual(await Array.fromAsync(store.tags()), []);
  });

  test("is ended by whoever interrupts", async () => {
    const { context, gates, asked } = gated(files, ["a"]);
    const interrupted = new AbortController();
    const { built } = building(dockerfile, context, interrupted.signal);
    await until(() => asked.includes("a"));
    interrupted.abort(new Failure("INTERRUPTED", "that is enough"));
    gates.get("a")?.resolve(undefined);
    await assert.rejects(built, /that is enough/);
  });

  test("is waited for where its files come out of another stage", async () => {
    const { context, gates, asked } = gated({ ...files, big: randomBytes(3 << 20) }, ["big"]);
    const { built, told } = building("FROM scratch AS one\nCOPY big /\nFROM scratch\nCOPY --from=one big /\nCOPY c /\n", context);
    await until(() => asked.includes("big"));
    assert.ok(!told.includes("COPY c / started"));
    gates.get("big")?.resolve(undefined);
    await built;
    assert.equal(told.at(-1), "COPY c / done");
  });
});
