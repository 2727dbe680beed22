/**
 * Where the bundle begins. `--version` is answered here, because the rest takes many times longer to load;
 * everything else is main()'s. Nothing but this file ends the process.
 */
import { writeSync } from "node:fs";
import { version } from "../version.ts";

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  writeSync(1, `${version}\n`);
} else {
  const { main } = await import("./main.ts");
  process.exitCode = await main(argv);
}
