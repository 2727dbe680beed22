import { readFile } from "node:fs/promises";
import { Failure } from "../../failure/index.ts";
import { type Descriptor, isAttestation, type Platform, parseDigest, platformMatches } from "../../oci/index.ts";
import { copy, openLayout, readConfig, readManifest, type Store } from "../../store/index.ts";
import type { StepOptions } from "../engine.ts";

/** Brings what a build wrote as a layout into a store: the image whose digest its metadata names. */
export async function fromLayout(
  { dir, metadata }: { readonly dir: string; readonly metadata: string },
  platform: Platform,
  into: Store,
  options: StepOptions,
): Promise<Descriptor> {
  const layout = await openLayout(dir, { name: "what buildx built", durable: false });
  const root = await layout.resolve(await builtDigest(metadata), options);
  if (root === undefined) throw new Failure("IMAGE_INVALID", "buildx wrote a layout without the image");
  const content = await imageOf(layout, root, platform, options);
  await copy(layout, into, content, options);
  return content;
}

/** The digest in what `--metadata-file` was written to (docs.docker.com, "docker buildx build", "metadata-file"). */
async function builtDigest(file: string) {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    const digest = (JSON.parse(text) as Readonly<Record<string, unknown>>)["containerimage.digest"];
    if (typeof digest === "string") return parseDigest(digest);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new Failure("IMAGE_INVALID", "buildx wrote no digest of what it built");
}

/** The platform's image of what was built, without the attestations beside it. */
async function imageOf(store: Store, root: Descriptor, platform: Platform, options: StepOptions): Promise<Descriptor> {
  const manifest = await readManifest(store, root, options);
  if (manifest.kind === "manifest") return root;
  for (const child of manifest.manifests.filter((one) => !isAttestation(one))) {
    const image = await readManifest(store, child, options);
    if (image.kind === "manifest" && platformMatches(platform, await readConfig(store, image.config, options))) return child;
  }
  // What was built for another platform is for the checks to see.
  const [first] = manifest.manifests.filter((one) => !isAttestation(one));
  if (first === undefined) throw new Failure("IMAGE_INVALID", "buildx built an index without an image");
  return first;
}
