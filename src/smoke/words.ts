/** Programs that run containers on one machine, in the order in which they are looked for. */
export const runtimeNames = ["docker", "podman", "nerdctl"] as const;

/** One of them. */
export type RuntimeName = (typeof runtimeNames)[number];

/** A container to create. */
export interface ContainerRequest {
  readonly name: string;
  /** The image, by a name that the runtime knows. */
  readonly image: string;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  /** `NAME=VALUE`, or `NAME` alone for the variable of whoever runs this. */
  readonly env: readonly string[];
  /** The container's TCP port that is published to this machine alone. */
  readonly port?: number | undefined;
  readonly network: boolean;
}

/** Where the three differ. Their other commands take the same words. */
interface Difference {
  /** Ends with 0 only where containers can be run: the daemon answers. */
  readonly works: readonly string[];
  /** Only containerd's runtime has to be told of a platform that is not its own. */
  readonly platform: boolean;
  /** Has the runtime leave the HEALTHCHECK alone, which is run from here; containerd's knew no word for it before 2.2. */
  readonly unchecked: readonly string[];
  /** podman would give the container ten seconds to end by itself. */
  readonly atOnce: readonly string[];
}

const differences: Readonly<Record<RuntimeName, Difference>> = {
  docker: { works: ["version"], platform: false, unchecked: ["--no-healthcheck"], atOnce: [] },
  podman: { works: ["info"], platform: false, unchecked: ["--no-healthcheck"], atOnce: ["--time=0"] },
  nerdctl: { works: ["info"], platform: true, unchecked: [], atOnce: [] },
};

/** The words that ask whether a runtime works. */
export function workingWords(runtime: RuntimeName): readonly string[] {
  return differences[runtime].works;
}

/** Whether a runtime loads from standard input: containerd's takes a pipe only, and what Node gives a program is a socket. */
export function loadsFromInput(runtime: RuntimeName): boolean {
  return runtime !== "nerdctl";
}

/** The words that bring an archive into the runtime: from a file, else from standard input. */
export function loadWords(runtime: RuntimeName, platform: string, file?: string): readonly string[] {
  return ["load", ...platformWords(runtime, platform), ...(file === undefined ? [] : [`--input=${file}`])];
}

/** The words that create a container, without starting it. */
export function createWords(runtime: RuntimeName, request: ContainerRequest): readonly string[] {
  const { name, image, platform, env, port, network } = request;
  return [
    "create",
    `--name=${name}`,
    "--pull=never",
    ...differences[runtime].unchecked,
    ...platformWords(runtime, platform),
    // A port of this machine's choice, that nobody else's machine can reach.
    ...(port === undefined ? [] : [`--publish=127.0.0.1::${port}`]),
    ...(network || port !== undefined ? [] : ["--network=none"]),
    ...env.map((one) => `--env=${one}`),
    image,
  ];
}

/** The words that end a container and remove it with its volumes. */
export function removeWords(runtime: RuntimeName, name: string): readonly string[] {
  return ["rm", "--force", "--volumes", ...differences[runtime].atOnce, name];
}

function platformWords(runtime: RuntimeName, platform: string): readonly string[] {
  return differences[runtime].platform ? [`--platform=${platform}`] : [];
}
