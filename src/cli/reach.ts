import { resolve } from "node:path";
import type { Reach } from "../store/index.ts";
import type { Edge } from "./edge.ts";

/** How the environment and flags say that servers are reached. */
export function reachOf({ caFile }: { readonly caFile?: string | undefined }, { env, cwd }: Edge): Reach {
  const file = caFile ?? env["WAYBILL_CA_FILE"];
  return {
    ...(file ? { caFile: resolve(cwd, file) } : {}),
    proxy: {
      https: env["HTTPS_PROXY"] ?? env["https_proxy"],
      http: env["HTTP_PROXY"] ?? env["http_proxy"],
      no: env["NO_PROXY"] ?? env["no_proxy"],
    },
  };
}
