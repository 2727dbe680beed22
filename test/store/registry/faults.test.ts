import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { serveRegistry } from "../../../src/server/index.ts";
import { copy, memoryRepositories, memoryStore, type RegistryClientOptions } from "../../../src/store/index.ts";
import { anImage } from "../../support/images.ts";
import { type ClientUnderTest, clientOf } from "../../support/registry-client.ts";
import { type FaultProxy, faultProxy } from "../../support/registry-faults.ts";

/** How many seeds are run; more by hand with WAYBILL_FAULT_RUNS. */
const runs = Number(process.env["WAYBILL_FAULT_RUNS"] ?? 20);
const unexpected = new Set(["DEFECT", "STORE_FAILED", "USAGE"]);

const source = memoryStore();
const image = await anImage(source, { layers: [1, 2, 3].map((n) => ({ [`file-${n}`]: randomBytes(n * 60_000) })) });

/** An empty registry, a proxy before it and a client that speaks to it through that. */
async function throughProxy(
  work: (proxy: FaultProxy, under: ClientUnderTest) => Promise<void>,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> {
  const repositories = memoryRepositories();
  const server = await serveRegistry({ listen: "127.0.0.1:0", repositories, immutable: false, mutableTags: [], emit: () => {} });
  await using _ = { [Symbol.asyncDispose]: () => server.close() };
  await using proxy = await faultProxy(server.port);
  await using under = clientOf(proxy.host, {
    timeouts: { connectMs: 200, headersMs: 200, commitMs: 200, idleMs: 100 },
    retry: { attempts: 4, baseMs: 2, capMs: 8, deadlineMs: 3000 },
    ...options,
  });
  await work(proxy, under);
}

test(`Over ${runs} runs of cut, stalled, reset, garbled, doubled and crossed answers, a push or pull is right or a clear error, and its repetition completes`, {
  timeout: 900_000,
}, async (context) => {
  const failures = new Map<string, number>();
  const harm = new Map<string, number>();
  for (let seed = 0; seed < runs; seed++) {
    await throughProxy(
      async (proxy, { store }) => {
        for (const [from, to] of [
          [source, store],
          [store, memoryStore()],
        ] as const) {
          proxy.seed(seed * 2 + (to === store ? 0 : 1));
          const failure = await copy(from, to, image).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          proxy.seed(undefined);
          if (failure !== undefined) {
            assert.ok(failure instanceof Failure && !unexpected.has(failure.code), `seed ${seed}: ${failure}`);
            assert.ok(failure.message.length > 20 && failure.hint, `seed ${seed}: ${failure.message}`);
            failures.set(failure.code, (failures.get(failure.code) ?? 0) + 1);
          } else await copy(to, memoryStore(), image);
          await copy(from, to, image);
          // What was pushed is read back whole: copy verifies every byte.
          await copy(to, memoryStore(), image);
        }
        for (const [kind, count] of proxy.harmed) harm.set(kind, (harm.get(kind) ?? 0) + count);
      },
      seed % 3 === 0 ? { chunkBytes: 50_000 } : {},
    );
  }
  context.diagnostic(
    `harmed: ${JSON.stringify(Object.fromEntries(harm))}, failed of ${runs * 2}: ${JSON.stringify(Object.fromEntries(failures))}`,
  );
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(failed < runs, `${failed} of ${runs * 2} copies failed`);
});

for (const [how, options] of [
  ["as a whole", {}],
  ["in pieces", { chunkBytes: 70_000 }],
] as const) {
  for (const when of ["before", "answered", "half answered"] as const) {
    test(`A push ${how} and a pull survive a cut at any one of their requests (${when})`, async () => {
      for (let request = 0; ; request++) {
        let requests = 0;
        await throughProxy(async (proxy, { store }) => {
          proxy.cutAt({ request, when });
          await copy(source, store, image);
          await copy(store, memoryStore(), image);
          requests = proxy.requests();
        }, options);
        if (request >= requests) break;
        assert.ok(requests >= 15 && request < 60);
      }
    });
  }
}
