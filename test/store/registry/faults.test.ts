import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { serveRegistry } from "../../../src/server/index.ts";
import { copy, memoryRepositories, memoryStore } from "../../../src/store/index.ts";
import { anImage } from "../../support/images.ts";
import { clientOf } from "../../support/registry-client.ts";
import { faultProxy } from "../../support/registry-faults.ts";

/** How many seeds are run; more by hand with WAYBILL_FAULT_RUNS. */
const runs = Number(process.env["WAYBILL_FAULT_RUNS"] ?? 40);
const unexpected = new Set(["DEFECT", "STORE_FAILED", "USAGE"]);

test(`Over ${runs} runs of cut, stalled, reset and garbled connections, each push and pull is right or a clear error, and its repetition completes`, async () => {
  const source = memoryStore();
  const layers = [1, 2, 3].map((n) => ({ [`file-${n}`]: randomBytes(n * 60_000) }));
  const image = await anImage(source, { layers });
  const emit = (): void => {};
  let failed = 0;
  for (let seed = 0; seed < runs; seed++) {
    const server = await serveRegistry({
      listen: "127.0.0.1:0",
      repositories: memoryRepositories(),
      immutable: false,
      mutableTags: [],
      emit,
    });
    await using _ = { [Symbol.asyncDispose]: () => server.close() };
    await using proxy = await faultProxy(server.port);
    await using under = clientOf(proxy.host, {
      timeouts: { connectMs: 200, headersMs: 200, commitMs: 200, idleMs: 100 },
      retry: { attempts: 4, baseMs: 2, capMs: 8, deadlineMs: 3000 },
      ...(seed % 3 === 0 ? { chunkBytes: 50_000 } : {}),
    });
    for (const [from, to] of [
      [source, under.store],
      [under.store, memoryStore()],
    ] as const) {
      proxy.seed(seed * 2 + (to === under.store ? 0 : 1));
      try {
        await copy(from, to, image);
      } catch (thrown) {
        failed++;
        assert.ok(thrown instanceof Failure && !unexpected.has(thrown.code), `seed ${seed}: ${thrown}`);
      }
      proxy.seed(undefined);
      await copy(from, to, image);
      // What was pushed is read back whole: copy verifies every byte.
      await copy(to, memoryStore(), image);
    }
  }
  assert.ok(failed < runs, `${failed} of ${runs * 2} copies failed`);
});
