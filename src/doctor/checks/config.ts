import type { Check } from "../check.ts";

/** The configuration is one that publish takes. */
export const configCheck: Check = async ({ images, configFailure }) =>
  configFailure === undefined
    ? [{ level: "pass", what: `configuration of ${images.map(({ name }) => name).join(", ")}` }]
    : [{ level: "error", what: configFailure.message, mend: configFailure.hint ?? "mend waybill.yaml", code: configFailure.code }];
