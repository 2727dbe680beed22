import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { requireShim } from "../../scripts/build/bundle.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { anApp } from "./app.ts";
import { publish, seen } from "./support.ts";

const { repository } = anApp();

/** How many processes run at once. */
const parallel = 3;

/** Bundles the program, which starts dozens of times. */
async function bundled(dir: string): Promise<string> {
  const outfile = join(dir, "killed.mjs");
  const banner = { js: requireShim };
  const entryPoints = [fileURLToPath(import.meta.resolve("./killed.ts"))];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", target: "node22", banner, logLevel: "error" });
  return outfile;
}

async function killedAfter(program: string, events: number, to: readonly string[]): Promise<string | null> {
  const child = spawn(process.execPath, [program, repository.dir, to.join(","), String(events)], {
    stdio: "ignore",
    // What a killed run leaves in the folder for temporary files goes with the test's own.
    env: { ...process.env, TMPDIR: dirname(program) },
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal;
}

suite("a run that is killed", () => {
  test("after any of its events leaves nothing that the next run does not bring to the same end", async () => {
    await using folder = await aFolder();
    const program = await bundled(folder.path);
    await using registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest"] });
    const places = (name: string): readonly string[] => [`${registry.served.host}/${name}/one`, `${registry.served.host}/${name}/two`];
    let events = 0;
    const count = (): void => {
      events += 1;
    };
    const undisturbed = places("undisturbed");
    const report = await publish({ repo: repository.dir, to: undisturbed, emit: count });
    assert.equal(report.exitCode, 0);
    const wanted = await Promise.all(undisturbed.map(seen));
    assert.ok(events > 20);
    let next = 1;
    let killed = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at <= events; at = next++) {
        const to = places(`after-${at}`);
        // Events of transfers come in any number; a run may end before its last.
        if ((await killedAfter(program, at, to)) === "SIGKILL") killed += 1;
        const again = await publish({ repo: repository.dir, to });
        assert.equal(again.exitCode, 0, `after event ${at}: ${JSON.stringify(again.failures)}`);
        assert.deepEqual(await Promise.all(to.map(seen)), wanted, `after event ${at}`);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    assert.ok(killed >= events - 3, `${killed} of ${events} were killed`);
  });
});
