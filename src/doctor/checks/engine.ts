import { existsSync } from "node:fs";
import { arch, platform as system } from "node:process";
import { explainEngine } from "../../build/index.ts";
import type { ImageSettings } from "../../config/index.ts";
import type { Check, Finding, Patient } from "../check.ts";

/** Something here can build each image, for its platform. */
export const engineCheck: Check = async (patient) =>
  (await Promise.all(patient.images.map(async (image) => await ofImage(image, patient)))).flat();

async function ofImage({ name, build }: ImageSettings, { read, env, signal }: Patient): Promise<readonly Finding[]> {
  const text = await read(build.file);
  if (text === undefined)
    return [{ level: "error", what: `${build.file} of ${name} is not here`, mend: "name it with build.file", code: "DOCKERFILE_MISSING" }];
  const { engine, missing } = await explainEngine(build.engine, { name: build.file, text }, { ...build, env, signal });
  if (engine === undefined)
    return missing.map(({ what, how }) => ({ level: "error", what: `${name}: ${what}`, mend: how, code: "ENGINE_MISSING" }));
  return [{ level: "pass", what: `${engine} builds ${name}` }, ...(engine === "assemble" ? [] : emulation(build.platform))];
}

/** Node's names of architectures by OCI's. */
const architectures: Readonly<Record<string, string>> = {
  amd64: "x64",
  arm64: "arm64",
  arm: "arm",
  ppc64le: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
};
/** QEMU's names in binfmt_misc by OCI's. */
const emulators: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** Programs of another architecture run by binfmt_misc; a builder on another machine may have it all the same. */
function emulation(platform: string): readonly Finding[] {
  const wanted = platform.split("/")[1] ?? "";
  if (architectures[wanted] === arch) return [{ level: "pass", what: `${platform} is this machine's own` }];
  if (system === "linux" && existsSync(`/proc/sys/fs/binfmt_misc/qemu-${emulators[wanted] ?? wanted}`))
    return [{ level: "pass", what: `${platform} is emulated here` }];
  return [
    {
      level: "warning",
      what: `programs for ${platform} do not run on this machine, which has ${arch}; a builder elsewhere may have them`,
      mend: `use a runner of that architecture, or add a step docker/setup-qemu-action with platforms: ${wanted}`,
    },
  ];
}
