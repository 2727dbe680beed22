/** The embedded registry over a folder as a program of its own: prints its URL, serves until it is killed. */
import { serveRegistry } from "../../src/server/index.ts";
import { diskRepositories } from "../../src/store/index.ts";

const served = await serveRegistry({
  listen: "127.0.0.1:0",
  repositories: diskRepositories(process.argv[2] ?? ""),
  immutable: false,
  mutableTags: [],
  emit: () => {},
});
process.stdout.write(`${served.url}\n`);
