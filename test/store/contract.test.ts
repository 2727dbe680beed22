import { join } from "node:path";
import { diskRepositories, memoryRepositories, memoryStore, openLayout } from "../../src/store/index.ts";
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
