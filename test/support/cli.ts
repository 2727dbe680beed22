import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { bundleCommand } from "../../scripts/build/bundle.ts";

/** What a run of the command did. */
export interface CommandRun {
  readonly exitCode: number | null;
  /** Results. */
  readonly out: string;
  /** Logs. */
  readonly said: string;
}

/** Variables that would change what a command does, and none of which a test inherits. */
const foreign = /^(?:WAYBILL_|GITHUB_|AWS_|ECR_|DOCKER_|CI$|VERSION$|GIT_|FORCE_COLOR$)/;

const root = join(import.meta.dirname, "../..");
const out = mkdtempSync(join(tmpdir(), "waybill-command-"));
after(() => rmSync(out, { recursive: true }));

/** The command as it stands in the sources, bundled as npm would publish it: it starts ten times as fast. */
export const command = join(out, "cli.js");
await bundleCommand(root, out);

/** The environment of whoever runs the tests, without what would change what a command does. */
export function inherited(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Runs the command, in a folder, without the environment of whoever runs the tests. */
export async function waybill(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly input?: string },
): Promise<CommandRun> {
  const child = spawn(process.execPath, [command, ...argv], {
    cwd: options.cwd,
    env: { ...inherited(), HOME: options.cwd, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => {}).end(options.input);
  let [out, said] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, out, said };
}
