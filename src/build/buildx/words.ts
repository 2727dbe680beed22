import { resolve } from "node:path";
import { formatPlatform } from "../../oci/index.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildRequest } from "../engine.ts";
import type { GivenContext } from "./context.ts";
import { csv } from "./csv.ts";

/** The words that a request becomes, all but where its output, its cache and its secrets go. */
export async function buildWords(request: BuildRequest, given: GivenContext, signal: AbortSignal | undefined): Promise<readonly string[]> {
  return [
    "build",
    "--progress=rawjson",
    "--provenance=false",
    "--sbom=false",
    `--platform=${formatPlatform(request.platform)}`,
    `--file=${given.dockerfile}`,
    ...(request.target === undefined ? [] : [`--target=${request.target}`]),
    ...Object.entries(request.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...frontend(request),
    ...(await contexts(request, signal)),
  ];
}

/**
 * Where the layout goes, and all that decides its bytes, so that another version's defaults change nothing: BuildKit's own
 * `compatibility-version` is not to be had through buildx, and what its versions differ in are these (docs/digests.md).
 */
export function layoutOutput(dest: string, compression: BuildRequest["compression"] = "gzip"): string {
  return `--output=${csv([
    "type=oci",
    `dest=${dest}`,
    "tar=false",
    "rewrite-timestamp=true",
    "oci-mediatypes=true",
    `compression=${compression}`,
  ])}`;
}

/** The frontend that the Dockerfile names, by the digest that it was resolved to. */
function frontend({ dockerfile, args, pins = {} }: BuildRequest): readonly string[] {
  if ("BUILDKIT_SYNTAX" in args) return [];
  const { syntax } = parseDockerfile(dockerfile);
  const pinned = syntax === undefined ? undefined : pins[syntax];
  return pinned === undefined || pinned.startsWith("oci:") ? [] : [`--build-arg=BUILDKIT_SYNTAX=${pinned}`];
}

/** Every further context and every image that was resolved, by its digest, so that what is built is what was looked at. */
async function contexts(request: BuildRequest, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { contexts = {}, pins = {}, dockerfile } = request;
  const { syntax } = parseDockerfile(dockerfile);
  const pinned = Object.keys(pins).filter((name) => name !== syntax && !name.includes("@"));
  const names = [...new Set([...Object.keys(contexts), ...pinned])];
  return await Promise.all(names.map(async (name) => `--build-context=${name}=${await place(name, request, signal)}`));
}

/** An image as buildx finds it again: by its digest, in a registry or in a layout. */
async function place(name: string, { images, pins = {} }: BuildRequest, signal: AbortSignal | undefined): Promise<string> {
  const known = pins[name];
  if (known !== undefined && !known.startsWith("oci:")) return `docker-image://${known}`;
  const { store, root, pinned } = await images.image(name, signal);
  if ("dir" in store && typeof store.dir === "string") return `oci-layout://${resolve(store.dir)}@${root.digest}`;
  return `docker-image://${pinned}`;
}
