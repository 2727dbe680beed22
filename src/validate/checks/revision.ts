import { quoteForeign } from "../../failure/index.ts";
import { annotationKeys } from "../../oci/index.ts";
import { type Check, error } from "../check.ts";

/** The commit that the manifest's annotation and the config's label name: both must be the expected one, as far as they are there, and one must be. */
export const revision: Check = {
  name: "revision",
  run({ subject, root, children }) {
    const wanted = subject.expected.revision;
    if (wanted === undefined) return [];
    const annotated = root.annotations?.[annotationKeys.revision];
    const named = [
      ...(annotated === undefined ? [] : [{ where: "the manifest's annotation", value: annotated }]),
      ...children.flatMap(({ config }) => {
        const value = config.config?.Labels?.[annotationKeys.revision];
        return value === undefined ? [] : [{ where: "the revision label", value }];
      }),
    ];
    if (named.length === 0) {
      return [
        error(
          "revision-missing",
          `the image names no commit; ${wanted} was expected`,
          "Publish the commit with waybill, which stamps the image.",
        ),
      ];
    }
    return named
      .filter(({ value }) => value !== wanted)
      .map(({ where, value }) =>
        error("revision-mismatch", `${where} names commit ${quoteForeign(value, 80)}, not ${wanted}`, "Publish the commit again."),
      );
  },
};
