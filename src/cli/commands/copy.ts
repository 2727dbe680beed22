import { formatReference } from "../../oci/index.ts";
import { copy } from "../../store/index.ts";
import { type Output, print, type Run } from "../edge.ts";
import { nameOf, resolveImage } from "../image.ts";
import { listen, listening } from "../listen.ts";
import { imageRegistries, type Located, locate, type RegistryOptions } from "../registries.ts";

export interface CopyImageOptions extends RegistryOptions {
  readonly source: string;
  readonly destination: string;
  readonly output: Output;
}

/** `waybill copy`: copies an image, then tags it where the destination names a tag. */
export const copyImage: Run<CopyImageOptions> = async (options, edge) => {
  return await listening(listen(edge, options), async (emit) => {
    await using client = await imageRegistries(options, edge, emit);
    const { signal } = edge;
    const source = await locate(options.source, client, edge);
    const destination = await locate(options.destination, client, edge, { create: true });
    const root = await resolveImage(source, signal);
    const result = await copy(source.store, destination.store, root, { emit, signal });
    const { tag } = nameOf(destination);
    const named = tag ?? nameOf(source).tag;
    const tagged = named === undefined ? undefined : await destination.store.tag(named, root, { signal });
    const uri = uriOf(destination, named, root.digest);
    const { written, existed, mounted, bytes } = result;
    if (options.output === "json") {
      await print(
        edge,
        JSON.stringify({ uri, digest: root.digest, tag: named, tagged: tagged?.outcome, written, existed, mounted, bytes }),
      );
    } else if (options.output === "github") await print(edge, `image_uri=${uri}\ndigest=${root.digest}`);
    else await print(edge, `${uri}\n${root.digest}`);
    return 0;
  });
};

function uriOf({ location, store }: Located, tag: string | undefined, digest: string): string {
  if (location.kind === "layout") return `${store.name}${tag === undefined ? `@${digest}` : `:${tag}`}`;
  const { host, repository } = location.reference;
  return `${formatReference({ host, repository })}${tag === undefined ? `@${digest}` : `:${tag}`}`;
}
