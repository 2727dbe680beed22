import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Programs, programs } from "../support/programs.ts";

/** What a runtime that only pretends does, by the command; each is a shell's words, and ends with 0 unless they say otherwise. */
export interface Pretended {
  readonly version?: string;
  readonly load?: string;
  readonly create?: string;
  /** What the container does: it prints, waits for its end or ends. */
  readonly start?: string;
  readonly exec?: string;
  /** What `image inspect` says. */
  readonly image?: string;
  /** What `container inspect` says. */
  readonly state?: object;
}

/** A runtime's program without containers, and what it was asked for. */
export interface PretendedRuntime extends Programs {
  /** The words of every call so far. */
  calls(): Promise<readonly string[]>;
  /** The archive that was loaded. */
  loaded(): Promise<Buffer>;
  /** Changes what `container inspect` says. */
  say(state: object): Promise<void>;
}

export const running = { Status: "running", Running: true, ExitCode: 0, StartedAt: "2026-01-01T00:00:00Z" };

/** What a container ended with. */
export const ended = (ExitCode: number, more: object = {}) => ({
  Status: "exited",
  Running: false,
  ExitCode,
  StartedAt: "2026-01-01T00:00:00Z",
  ...more,
});

/** Waits until the container is removed, as one that runs does. */
export const untilRemoved = 'while [ ! -e "$HERE/removed" ]; do sleep 0.02; done';

/** Makes it, under the name that it is found by. */
export async function aPretendedRuntime(does: Pretended, name = "docker"): Promise<PretendedRuntime> {
  const script = `HERE=$(dirname "$0")
echo "$*" >> "$HERE/calls"
case "$1" in
  version|info) ${does.version ?? "true"};;
  load) case "$*" in *--input=*) cat "$(echo "$3" | cut -d= -f2)";; *) cat;; esac > "$HERE/loaded"; ${does.load ?? "true"};;
  create) ${does.create ?? "true"};;
  start) ${does.start ?? untilRemoved};;
  exec) ${does.exec ?? "true"};;
  container) cat "$HERE/state";;
  image) if [ "$2" = inspect ]; then ${does.image ?? "exit 1"}; fi;;
  rm) touch "$HERE/removed";;
esac`;
  const made = await programs({ [name]: script });
  const say = async (state: object): Promise<void> => await writeFile(join(made.dir, "state"), JSON.stringify([state]));
  await say(does.state ?? { State: running });
  return {
    ...made,
    say,
    calls: async () => (await readFile(join(made.dir, "calls"), "utf8")).trimEnd().split("\n"),
    loaded: async () => await readFile(join(made.dir, "loaded")),
  };
}
