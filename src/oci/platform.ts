import { Failure } from "../failure/index.ts";

/** What an image runs on (OCI image-spec, "platform" of an index's descriptor; GOOS and GOARCH names). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly "os.version"?: string | undefined;
  readonly "os.features"?: readonly string[] | undefined;
}

/** The platform that this machine runs without emulation, which Dockerfiles know as BUILDPLATFORM. */
export function machinePlatform(): Platform {
  return { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch === "ia32" ? "386" : process.arch };
}

const aliases: Readonly<Record<string, readonly [string, string?]>> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  aarch64: ["arm64"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
  i386: ["386"],
  i686: ["386"],
};
const part = /^[A-Za-z0-9_.-]+$/;

/**
 * Parses `os/architecture[/variant]`, with the aliases that containerd knows (`x86_64`, `aarch64`, …).
 * @throws Failure PLATFORM_INVALID
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const [os, named, variant] = parts;
  if (parts.length > 3 || parts.length < 2 || !os || !named || !parts.every((one) => part.test(one))) {
    throw new Failure("PLATFORM_INVALID", `not a platform: "${text.slice(0, 100)}"`, {
      hint: "Write OS/ARCHITECTURE[/VARIANT], for instance linux/amd64.",
    });
  }
  const known = named.toLowerCase();
  const [architecture, implied] = (Object.hasOwn(aliases, known) && aliases[known]) || [known];
  return normalize({ os: os.toLowerCase(), architecture, ...optional(variant?.toLowerCase() ?? implied) });
}

/** `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

/** Whether an image of the second platform is what was asked for with the first; a variant counts where asked for. */
export function platformMatches(wanted: Platform, actual: Platform): boolean {
  const [a, b] = [normalize(wanted), normalize(actual)];
  return a.os === b.os && a.architecture === b.architecture && (a.variant === undefined || a.variant === b.variant);
}

/** Drops the variants that say nothing: arm64's v8 and amd64's v1; a 32-bit arm without one is v7, as containerd has it. */
function normalize(platform: Platform): Platform {
  const { os, architecture, variant } = platform;
  const silent = (architecture === "arm64" && (variant === "v8" || variant === "8")) || (architecture === "amd64" && variant === "v1");
  if (architecture === "arm") return { os, architecture, variant: variant ? (variant.startsWith("v") ? variant : `v${variant}`) : "v7" };
  return { os, architecture, ...optional(silent ? undefined : variant) };
}

function optional(variant: string | undefined): { variant?: string } {
  return variant ? { variant } : {};
}
