import { Failure } from "../../failure/index.ts";
import { annotationKeys, type Descriptor, formatPlatform, type ImageConfig, type Manifest } from "../../oci/index.ts";
import { formatBytes, silent } from "../../report/index.ts";
import { can, readConfig, readManifest, type Store } from "../../store/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { resolveImage } from "../image.ts";
import { listen, listening } from "../listen.ts";
import { namedImages } from "../named.ts";
import { imageRegistries, locate } from "../registries.ts";
import type { RepositoryOptions } from "../settings.ts";

export interface InfoOptions extends RepositoryOptions {
  /** Without one, only the URI of the commit or version is asked for. */
  readonly reference?: string;
  readonly output: Output;
}

/** One platform's image, as `info` shows it. Sizes in bytes, compressed. */
interface PlatformInfo {
  readonly platform: string;
  readonly manifest: string;
  readonly config: string;
  readonly layers: number;
  readonly size: number;
  readonly created: string | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** `waybill info`: which digest is which, read back from where the image is; or the URI that a commit or version has. */
export const info: Run<InfoOptions> = async (options, edge) => {
  const { reference } = options;
  if (reference === undefined) return await uriOf(options, edge);
  if (options.version !== undefined) throw new Failure("USAGE", "--version and IMAGE both name an image", { hint: "Give one of them." });
  return await infoOf({ ...options, reference }, edge);
};

/** The URI at the primary, without asking it: what a script deploys. */
async function uriOf(options: InfoOptions, edge: Edge): Promise<number> {
  const { images } = await namedImages(options, edge, silent);
  const uris = images.map(({ settings: { destinations }, tag }) => `${destinations[0]?.host}/${destinations[0]?.repository}:${tag}`);
  if (options.output === "json") await print(edge, JSON.stringify(uris.length === 1 ? { uri: uris[0] } : { uris }));
  else if (options.output === "github") await print(edge, `image-uri=${uris[0] ?? ""}`);
  else await print(edge, uris.join("\n"));
  return 0;
}

const infoOf: Run<InfoOptions & { readonly reference: string }> = async (options, edge) => {
  return await listening(listen(edge, options), async (emit) => {
    await using client = await imageRegistries(options, edge, emit);
    const { signal } = edge;
    const located = await locate(options.reference, client, edge);
    const { store } = located;
    const root = await resolveImage(located, signal);
    const manifest = await readManifest(store, root, { signal });
    const platforms = await platformsOf(store, root, manifest, signal);
    const referrers = can(store, "referring") ? await store.referrers(root.digest, { signal }) : [];
    const annotations = manifest.annotations ?? {};
    const labels = platforms[0]?.labels ?? {};
    const facts = {
      image: options.reference,
      digest: root.digest,
      mediaType: root.mediaType,
      revision: annotations[annotationKeys.revision] ?? labels[annotationKeys.revision],
      source: annotations[annotationKeys.source] ?? labels[annotationKeys.source],
      platforms,
      annotations,
      referrers: referrers.map(({ digest, artifactType }) => ({ digest, artifactType })),
    };
    if (options.output === "json") await print(edge, JSON.stringify(facts, null, 2));
    else if (options.output === "github")
      await print(edge, `image-uri=${options.reference}\ndigest=${root.digest}\ngit_sha=${facts.revision ?? ""}`);
    else await print(edge, text(facts));
    return 0;
  });
};

async function platformsOf(store: Store, root: Descriptor, manifest: Manifest, signal: AbortSignal): Promise<readonly PlatformInfo[]> {
  if (manifest.kind === "index") {
    const children = manifest.manifests.filter((child) => child.platform?.os !== "unknown");
    const found = await Promise.all(
      children.map(async (child) => platformsOf(store, child, await readManifest(store, child, { signal }), signal)),
    );
    return found.flat();
  }
  const config: ImageConfig = await readConfig(store, manifest.config, { signal });
  return [
    {
      platform: formatPlatform(config),
      manifest: root.digest,
      config: manifest.config.digest,
      layers: manifest.layers.length,
      size: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
      created: config.created,
      entrypoint: config.config?.Entrypoint ?? config.config?.Cmd,
      labels: config.config?.Labels ?? {},
    },
  ];
}

function text(facts: {
  readonly image: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly revision: string | undefined;
  readonly source: string | undefined;
  readonly platforms: readonly PlatformInfo[];
  readonly referrers: readonly { readonly digest: string; readonly artifactType: string | undefined }[];
}): string {
  const rows: [string, string | undefined][] = [
    ["image", facts.image],
    ["digest", facts.digest],
    ["media type", facts.mediaType],
    ["commit", facts.revision ?? "(names none)"],
    ["source", facts.source],
    ...facts.platforms.flatMap((one): [string, string | undefined][] => [
      ["platform", one.platform],
      ["  manifest", one.manifest],
      ["  config", one.config],
      ["  layers", `${one.layers}, ${formatBytes(one.size)} compressed`],
      ["  created", one.created],
      ["  runs", one.entrypoint?.join(" ")],
    ]),
    ...facts.referrers.map(({ digest, artifactType }): [string, string] => ["referrer", `${digest} ${artifactType ?? ""}`.trimEnd()]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join("\n");
}
