import { askedOf, before, placing } from "./registry-quirks.ts";
import { type RegistryServer, refuse } from "./registry-server.ts";

/**
 * Uploads as the distribution project has them (registry/handlers/blobupload.go): each answer names a place whose `_state` holds how
 * far the upload is, and a PATCH or PUT to an older one is refused; what was taken before a break can be asked with the old place.
 * @param options.ranges whether Content-Range is held to, as since version 3
 */
export function distributionUploads(server: RegistryServer, options: { readonly ranges: boolean }): void {
  const taken = (id: string): number => (server.uploads.get(id) ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind !== "blobs/uploads" || asked.rest === "" || !server.uploads.has(asked.rest)) return false;
    response.setHeader("docker-upload-uuid", asked.rest);
    if (request.method !== "PATCH" && request.method !== "PUT") return false;
    const size = taken(asked.rest);
    const state = new URL(recorded.url, "http://registry").searchParams.get("_state");
    if (state === null || !/^\d+=$/.test(state)) return refuse(response, 404, "BLOB_UPLOAD_INVALID", "blob upload invalid");
    if (state !== `${size}=`) return refuse(response, 416, "RANGE_INVALID", "invalid content range");
    const range = request.headers["content-range"];
    if (!options.ranges) delete request.headers["content-range"];
    if (!options.ranges || range === undefined || request.method === "PUT") return false;
    const [start = -1, end = -1] = String(range).split("-").map(Number);
    if (start > end || start !== size) return refuse(response, 416, "RANGE_INVALID", "invalid content range");
    if (Number(request.headers["content-length"]) !== end - start + 1)
      return refuse(response, 400, "SIZE_INVALID", "invalid content length");
    return false;
  });
  placing(server, (path) => {
    const id = path.split("/").at(-1) ?? "";
    return `http://${server.host}${path}?_state=${taken(id)}%3D`;
  });
}
