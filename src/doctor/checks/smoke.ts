import { findRuntime } from "../../smoke/index.ts";
import type { Check, Finding } from "../check.ts";

/** Something here can start each image that has to come up before its tags are written. */
export const smokeCheck: Check = async ({ images, env, signal }) =>
  await Promise.all(
    images
      .flatMap(({ name, smoke }) => (smoke === undefined ? [] : [{ name, ...smoke }]))
      .map(async ({ name, runtime, env: given }): Promise<Finding> => {
        const missing = Object.entries(given).flatMap(([variable, value]) =>
          value === null && env[variable] === undefined ? [variable] : [],
        );
        if (missing.length > 0)
          return {
            level: "error",
            what: `${name} is to be started with ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not set here`,
            mend: "set it where waybill runs, or give it a value under checks.smoke.env",
            code: "CONFIG_MISSING",
          };
        const found = await findRuntime(runtime, env, signal);
        if (found.name !== undefined) return { level: "pass", what: `${found.name} starts ${name} before its tags are written` };
        return {
          level: "error",
          what: `${name} is to be started, and nothing here can run a container: ${found.why}`,
          mend: "install Docker or podman, and see that its daemon runs; or set checks.smoke to false",
          code: "RUNTIME_MISSING",
        };
      }),
  );
