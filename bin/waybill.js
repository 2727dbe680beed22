#!/usr/bin/env node
// The door of the command: answers --version, sees to it that Node is new enough, and loads the bundle.
// Written in the syntax of Node 14, so that an old Node can still read the sentence that says it is too old.
import { createRequire } from "node:module";

// An import statement makes all exports of a module, of `node:fs` in a tenth of an empty script's time; this takes it as it is.
const require = createRequire(import.meta.url);
const { existsSync, readFileSync, realpathSync, writeSync } = require("node:fs");
const { join } = require("node:path");
const { fileURLToPath } = require("node:url");

const root = fileURLToPath(new URL("..", import.meta.url));
const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Straight to the descriptor: opening process.stdout costs a tenth of an empty script.
  writeSync(1, `${manifest().version}\n`);
} else if (fits(process.versions.node)) {
  load();
} else {
  hand(checkoutNode());
}

function manifest() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

/** Whether a Node version is in `engines.node`: alternatives of `^MAJOR.MINOR.PATCH` and `>=MAJOR`. */
function fits(version) {
  const have = version.split(".").map(Number);
  // Kept beside package.json's `engines` by a test: reading that file would cost every start.
  return have[0] >= 26 || (have[0] === 24 && atLeast(have, 15, 0)) || (have[0] === 22 && atLeast(have, 22, 2));
}

function atLeast(have, minor, patch) {
  return have[1] > minor || (have[1] === minor && have[2] >= patch);
}

function load() {
  // Layers are packed on as many threads as there are cores; libuv makes four unless told before the first is used.
  const cores = require("node:os").availableParallelism();
  if (cores > 4) process.env.UV_THREADPOOL_SIZE ||= String(cores);
  // Young objects get no more room than they have by then: what streams through is let go of early, and stays small in memory. A run that
  // is nearly over has no such stream, and collecting garbage in less room would cost it a twentieth.
  setTimeout(() => require("node:v8").setFlagsFromString("--semi-space-growth-factor=1"), 100).unref();
  const bundle = new URL("../dist/main.js", import.meta.url);
  if (!existsSync(bundle)) return refuse("dist/main.js is missing: this is a checkout that was not built yet", "Run `make build` first.");
  keepCompiled();
  import(bundle.href)
    .then(({ main }) => main(argv))
    .then(
      (exitCode) => {
        process.exitCode = exitCode;
      },
      (error) => {
        process.stderr.write(`waybill: the program could not be loaded: ${error?.stack ?? error}\n`);
        process.exitCode = 1;
      },
    );
}

/** Compiled code is kept in the user's own cache folder: the shared temporary folder is open to others. */
function keepCompiled() {
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME ? join(process.env.HOME, ".cache") : "");
  if (home && !process.env.NODE_COMPILE_CACHE) require("node:module").enableCompileCache(join(home, "waybill", "compiled"));
}

/** The Node that a checkout brings with it as a development dependency, unless it is the one that runs now. */
function checkoutNode() {
  const program = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  return existsSync(program) && realpathSync(program) !== realpathSync(process.execPath) ? program : undefined;
}

/** Runs the same command on another Node: its exit code, signals and streams are this one's. */
async function hand(program) {
  if (program === undefined) {
    return refuse(
      `this is Node ${process.versions.node}, and waybill needs ${manifest().engines.node}`,
      "Install a newer Node (https://nodejs.org), or run `make build` in a checkout, which brings one.",
    );
  }
  // Loaded here only: nothing else needs them, and they would cost every start.
  const { spawn } = await import("node:child_process");
  const { isatty } = await import("node:tty");
  const child = spawn(program, [fileURLToPath(import.meta.url), ...argv], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    // A terminal sends Ctrl-C to both processes; passing it on would make it two.
    process.on(signal, () => (signal === "SIGINT" && isatty(0) ? undefined : child.kill(signal)));
  }
  child.on("error", (error) => refuse(`${program} could not be started: ${error.message}`, "Run `make build` again."));
  child.on("close", (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

function refuse(message, hint) {
  process.stderr.write(`waybill: ${message}\n  ${hint}\n`);
  process.exitCode = 2;
}
