import { Failure } from "../failure/index.ts";

/** What a container is at. */
export interface State {
  readonly running: boolean;
  /** Whether its program has ever been started. */
  readonly begun: boolean;
  /** Of its program, where that has ended. */
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** The port of this machine that leads to a port of the container. */
  hostPort(port: number): number | undefined;
}

/** Reads `container inspect`, which docker, podman and nerdctl answer in docker's form. */
export function stateOf(text: string): State {
  const inspected = at(parse(text), 0);
  const state = at(inspected, "State");
  const startedAt = at(state, "StartedAt");
  const running = at(state, "Running") === true;
  const exitCode = at(state, "ExitCode");
  if (typeof at(state, "Status") !== "string") throw new Failure("RUNTIME_FAILED", "the runtime tells no state of the container");
  return {
    running,
    // Go's zero time stands for never.
    begun: running || (typeof startedAt === "string" && startedAt !== "" && !startedAt.startsWith("0001-")),
    exitCode: typeof exitCode === "number" ? exitCode : 0,
    outOfMemory: at(state, "OOMKilled") === true,
    hostPort(port) {
      const found = Number(at(at(at(at(at(inspected, "NetworkSettings"), "Ports"), `${port}/tcp`), 0), "HostPort"));
      return Number.isInteger(found) && found > 0 ? found : undefined;
    },
  };
}

/** A field of something that need not have any. */
export function at(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string | number, unknown>>)[key] : undefined;
}

/** JSON that a runtime printed; undefined where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
