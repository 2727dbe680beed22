import { buildahEngine } from "../../../src/build/buildah/engine.ts";
import type { BuildRequest, Built } from "../../../src/build/index.ts";
import type { Event } from "../../../src/report/index.ts";
import { lentStore, memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../../support/base-image.ts";
import { type ReadImage, readImage } from "../../support/built.ts";
import { aBuildRequest, type RequestOptions } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";
import { busybox } from "./busybox.ts";

/** What a build is asked beside its Dockerfile. */
export interface BuildahOptions extends RequestOptions, Pick<BuildRequest, "ssh" | "cache"> {
  readonly env?: Readonly<Record<string, string>>;
}

/** Builds with the buildah engine, in the test's own process, upon an image `base` that has a busybox and its shell. */
export async function buildahBuild(
  dockerfile: string,
  { env, ssh, cache, ...options }: BuildahOptions = {},
  events: Event[] = [],
): Promise<ReadImage & { readonly built: Built }> {
  await using temporary = await aFolder();
  const bases = memoryStore();
  const { content } = busybox() as { readonly content: Uint8Array };
  const layer = [
    { name: "bin/busybox", content, mode: 0o755 },
    { name: "bin/sh", type: "symlink", linkname: "busybox" },
  ] as const;
  const images = imagesOf(bases, { base: await aBaseImage(bases, { layers: [layer], packing: "none" }) });
  const store = memoryStore();
  const engine = buildahEngine({ env: { ...process.env, ...env }, tempDir: temporary.path });
  const request = { ...aBuildRequest(dockerfile, { images, ...options }), ssh, cache };
  const built = await engine.build(request, store, { emit: (event) => void events.push(event) });
  return { built, ...(await readImage(lentStore(store, built.elsewhere ?? new Map()), built.content)) };
}
