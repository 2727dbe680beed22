import type { Platform } from "../oci/index.ts";

/** The platform of this machine, which Dockerfiles know as BUILDPLATFORM. */
export function builderPlatform(): Platform {
  return { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch === "ia32" ? "386" : process.arch };
}
