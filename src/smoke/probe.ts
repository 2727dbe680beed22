import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure/index.ts";
import type { RuntimeConfig } from "../oci/index.ts";
import type { Container } from "./container.ts";
import { lastLine } from "./find.ts";
import { healthOf } from "./health.ts";
import { accepts, ask, usualStatus } from "./http.ts";

/** What a container has to show, unless it only has to stay up. */
export interface Probe {
  /** What is waited for, to follow "waiting for". */
  readonly what: string;
  /** The container's port that it needs. */
  readonly port?: number | undefined;
  /** How long it may take from the start, in milliseconds, unless something else is said. */
  readonly patienceMs: number;
  /** Looks once: why it is not so yet, or undefined where it is. */
  look(container: Container, leftMs: number): Promise<string | undefined>;
}

/** What is asked for besides the image's own. */
export interface ProbeWish {
  /** The path to ask for over HTTP. */
  readonly http?: string | undefined;
  /** Codes that count as an answer, as `200,301-302`; 200-399 unless given. */
  readonly status?: string | undefined;
  /** The container's TCP port; the only one that the image exposes unless given. */
  readonly port?: number | undefined;
}

const httpPatienceMs = 60_000;
/** One request. */
const requestMs = 5_000;
/** The last look gets as much, so that it can tell what is wrong. */
const leastMs = 1_000;

/**
 * How to look whether the container is up: over HTTP where that is asked for, else by the image's HEALTHCHECK; undefined where it has none.
 * The check's command is run from here, in the same way for every runtime and from the first second on: docker itself would look only
 * after the first interval, 30 seconds unless the image says otherwise, and podman only where systemd runs.
 * @throws Failure CONFIG_MISSING where no port is known
 */
export function probeFor(wish: ProbeWish, config: RuntimeConfig | undefined): Probe | undefined {
  if (wish.http !== undefined) return httpProbe(wish.http, wish.status ?? usualStatus, wish.port ?? exposedPort(config));
  const health = healthOf(config);
  if (health === undefined) return undefined;
  return {
    what: "its HEALTHCHECK",
    patienceMs: health.patienceMs,
    async look(container, leftMs) {
      const { exitCode, said } = await container.exec(health.command, Math.min(health.timeoutMs, Math.max(leastMs, leftMs)));
      if (exitCode === 0) return undefined;
      const words = lastLine(said);
      return `the check ${exitCode === 124 ? "did not end in time" : `ended with ${exitCode}`}${words === "" ? "" : `: ${words}`}`;
    },
  };
}

function httpProbe(path: string, status: string, port: number): Probe {
  let published: number | undefined;
  return {
    what: `GET ${path} at port ${port}`,
    port,
    patienceMs: httpPatienceMs,
    async look(container, leftMs) {
      published ??= (await container.state()).hostPort(port);
      if (published === undefined) return `port ${port} is not published yet`;
      const answer = await ask(published, path, Math.min(requestMs, Math.max(leastMs, leftMs)));
      if ("why" in answer) return `GET ${path}: ${answer.why}`;
      return accepts(status, answer.code) ? undefined : `GET ${path} answered ${answer.code}, and ${status} was expected`;
    },
  };
}

function exposedPort(config: RuntimeConfig | undefined): number {
  const ports = Object.keys(config?.ExposedPorts ?? {}).flatMap((one) => /^([1-9][0-9]{0,4})(?:\/tcp)?$/.exec(one)?.[1] ?? []);
  const [first, ...others] = ports;
  if (first !== undefined && others.length === 0) return Number(first);
  throw new Failure(
    "CONFIG_MISSING",
    first === undefined ? "the image exposes no port to ask at" : `the image exposes several ports: ${ports.slice(0, 10).join(", ")}`,
    { hint: "Name it: --port PORT, or port under checks.smoke in waybill.yaml." },
  );
}

/** Milliseconds between two looks. */
const everyMs = 500;

/** How a watched container ended up. */
export type Watched = { readonly kind: "up" } | { readonly kind: "ended" } | { readonly kind: "late"; readonly why: string };

/**
 * Looks again and again, until it is so, the container has ended, or the time is over.
 * @throws the signal's reason
 */
export async function watch(container: Container, probe: Probe, patienceMs: number, signal: AbortSignal): Promise<Watched> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const look = probe.look(container, until - performance.now());
    const looked = await unlessEnded(
      container,
      look.then((why) => ({ kind: "looked", why }) as const),
      signal,
    );
    if (looked.kind === "ended") return looked;
    if (looked.why === undefined) return { kind: "up" };
    if (performance.now() >= until) return { kind: "late", why: looked.why };
    if ((await pause(container, everyMs, signal)).kind === "ended") return { kind: "ended" };
  }
}

/** Waits until the container has been up for a time, or has ended. */
export async function stay(container: Container, ms: number, signal: AbortSignal): Promise<Watched> {
  for (;;) {
    const { running } = await container.state();
    const paused = await pause(container, running ? ms : everyMs, signal);
    if (paused.kind === "ended") return paused;
    if (running) return { kind: "up" };
  }
}

async function pause(
  container: Container,
  ms: number,
  signal: AbortSignal,
): Promise<{ readonly kind: "slept" } | { readonly kind: "ended" }> {
  const over = new AbortController();
  try {
    return await unlessEnded(container, sleep(ms, { kind: "slept" } as const, { signal: over.signal }), signal);
  } finally {
    // What nobody waits for any more would keep the process.
    over.abort();
  }
}

/** What something comes to, unless the container ends or the signal comes before. */
async function unlessEnded<T>(container: Container, one: Promise<T>, signal: AbortSignal): Promise<T | { readonly kind: "ended" }> {
  one.catch(() => {});
  signal.throwIfAborted();
  let refuse: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    refuse = () => reject(signal.reason);
    signal.addEventListener("abort", refuse, { once: true });
  });
  try {
    return await Promise.race([one, container.ended.then(() => ({ kind: "ended" }) as const), aborted]);
  } finally {
    signal.removeEventListener("abort", refuse);
  }
}
