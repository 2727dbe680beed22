import type { Asked } from "../../support/waybill-registry.ts";
import type { Site } from "./sites.ts";

/** Which blobs' bytes went through a registry, and which it took over by itself; digests in order, each once. */
export interface Traffic {
  readonly read: readonly string[];
  readonly written: readonly string[];
  readonly mounted: readonly string[];
  readonly asked: readonly Asked[];
}

/** What a registry is asked while work is done. */
export async function trafficOf(site: Site, work: () => Promise<unknown>): Promise<Traffic> {
  const before = (await site.registry.requests()).length;
  await work();
  const asked = (await site.registry.requests()).slice(before);
  const digests = (pick: (one: Asked, query: URLSearchParams) => string | null | undefined): readonly string[] =>
    [...new Set(asked.map((one) => pick(one, new URLSearchParams(one.url.split("?")[1]))).filter((digest) => digest != null))].toSorted();
  const uploads = (url: string): boolean => /\/blobs\/uploads\//.test(url);
  return {
    read: digests(({ method, url, status }) => (method === "GET" && status < 300 ? /\/blobs\/(sha256:\w+)$/.exec(url)?.[1] : undefined)),
    written: digests(({ url, status }, query) => (uploads(url) && status === 201 ? query.get("digest") : undefined)),
    mounted: digests(({ url, status }, query) => (uploads(url) && status === 201 ? query.get("mount") : undefined)),
    asked,
  };
}
