import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inherited } from "../../support/cli.ts";
import { must } from "./run.ts";

/** What a shell completes with a script that was made for it: candidates for the last word of a line. */
export type Completing = (line: string) => Promise<readonly string[]>;

/** How a shell is started. */
export interface ShellOptions {
  /** The completion script's path. */
  readonly script: string;
  /** Where the line is typed. */
  readonly cwd: string;
  /** A folder for what the shell keeps. */
  readonly home: string;
}

const environment = ({ home }: ShellOptions) => ({ HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home });

/** bash: words are parted at `=` and `:`, as readline does. */
export function inBash(options: ShellOptions): Completing {
  return async (line) => {
    const words = line.split(/(?<==)|(?==)|(?<=:)|(?=:)|\s+/);
    const program = `source "$0"; complete -p waybill >/dev/null || exit 9
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _waybill; [ \${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const argv = ["--norc", "--noprofile", "-c", program, options.script, ...words];
    return linesOf(await must("bash", argv, { cwd: options.cwd, env: environment(options) }));
  };
}

/** fish. */
export function inFish(options: ShellOptions): Completing {
  return async (line) => {
    const program = `source ${options.script}; complete -C '${line}'`;
    const out = await must("fish", ["--no-config", "-c", program], { cwd: options.cwd, env: environment(options) });
    return linesOf(out).map((one) => one.split("\t", 1)[0] ?? one);
  };
}

/** zsh: what its completion system adds, in a terminal. */
export function inZsh(options: ShellOptions): Completing {
  const told = join(options.home, "told");
  const setup = join(options.home, "setup.zsh");
  const asked = `autoload -Uz compinit; compinit -u -d ${options.home}/dump
source ${options.script}
compadd() {
  local -a hits
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> ${told}
  builtin compadd "$@"
}
ended() { print -- ENDED >> ${told} }
comppostfuncs=(ended)
print -- READY > ${told}
`;
  return async (line) => {
    await rm(told, { force: true });
    await writeFile(setup, asked);
    await using shell = await aTerminal("zsh -f -i", options);
    shell.type(`source ${setup}\n`);
    await untilLine(told, "READY");
    shell.type(`${line}\t`);
    const lines = await untilLine(told, "ENDED");
    return [...new Set(lines.filter((one) => one !== "READY" && one !== "ENDED"))];
  };
}

/** A program in a terminal of its own. */
export interface Terminal extends AsyncDisposable {
  type(keys: string): void;
  /** All that it has shown. */
  shown(): string;
  /** Waits until it shows something. */
  until(wanted: RegExp): Promise<void>;
  /** Its exit code, once it has ended. */
  ended(): Promise<number | null>;
}

/** Starts a program in a terminal, by script(1). */
export async function aTerminal(command: string, options: Pick<ShellOptions, "cwd" | "home">): Promise<Terminal> {
  const child = spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
    cwd: options.cwd,
    env: { ...inherited(), ...environment({ ...options, script: "" }), TERM: "dumb", PS1: "", CI: undefined, GITHUB_ACTIONS: undefined },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  return {
    type: (keys) => void child.stdin.write(keys),
    shown: () => shown,
    async until(wanted) {
      await until(() => (wanted.test(shown) ? true : undefined)).catch(() => {
        throw new Error(`${wanted} did not come: ${shown}`);
      });
    },
    ended: async () => (await closed)[0],
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** Waits until a file has a line, and gives all. */
async function untilLine(path: string, wanted: string): Promise<readonly string[]> {
  return await until(async () => {
    const lines = linesOf(await readFile(path, "utf8").catch(() => ""));
    return lines.includes(wanted) ? lines : undefined;
  });
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(50);
  }
  throw new Error("it did not come");
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
