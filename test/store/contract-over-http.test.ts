import { serveRegistry } from "../../src/server/index.ts";
import { anonymous, createRegistryClient, diskRepositories, memoryRepositories, type Repositories } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";
import { type ContractStores, storeContract } from "../support/store-contract.ts";

const quiet = () => {};

/** Two repositories of an embedded registry, through the client. */
async function overHttp(repositories: Repositories, dispose: () => Promise<void>): Promise<ContractStores> {
  const server = await serveRegistry({ listen: "127.0.0.1:0", repositories, immutable: false, mutableTags: [], emit: quiet });
  const client = createRegistryClient({ signIn: anonymous, emit: quiet, retry: { attempts: 2, baseMs: 1 } });
  const open = (repository: string) => client.repository({ host: server.host, repository });
  return {
    store: open("a"),
    other: open("a/b"),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
      await dispose();
    },
  };
}

storeContract("the client of a registry in memory", () => overHttp(memoryRepositories(), async () => {}));

storeContract("the client of a registry on disk", async () => {
  const folder = await aFolder();
  return await overHttp(diskRepositories(folder.path, { durable: false }), async () => await folder[Symbol.asyncDispose]());
});
