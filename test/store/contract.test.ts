import { join } from "node:path";
import { diskRepositories, memoryRepositories, memoryStore, openLayout, spillingStore } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";
import { storeContract } from "../support/store-contract.ts";

const nothing = { [Symbol.asyncDispose]: async () => {} };

storeContract("memory", async () => ({ store: memoryStore(), other: memoryStore(), ...nothing }));

storeContract("a repository in memory", async () => {
  const repositories = memoryRepositories();
  return { store: repositories.open("a"), other: repositories.open("a/b"), ...nothing };
});

storeContract("a layout", async () => {
  const folder = await aFolder();
  const open = (name: string) => openLayout(join(folder.path, name), { create: true, durable: false });
  return { store: await open("one"), other: await open("two"), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

storeContract("a repository on disk", async () => {
  const folder = await aFolder();
  const repositories = diskRepositories(folder.path, { durable: false });
  return { store: repositories.open("a"), other: repositories.open("a/b"), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

for (const eachBytes of [0, 8, 1 << 20]) {
  storeContract(`a store that keeps contents of ${eachBytes} bytes in memory`, async () => {
    const folder = await aFolder();
    const open = (name: string) =>
      spillingStore(() => openLayout(join(folder.path, name), { create: true, durable: false }), { name, eachBytes, allBytes: 1 << 20 });
    return { store: open("one"), other: open("two"), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  });
}
