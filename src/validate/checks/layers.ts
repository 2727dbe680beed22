import { isAttestation } from "../../oci/index.ts";
import type { Finding } from "../../report/index.ts";
import { type Check, type Child, error } from "../check.ts";

/** Whether manifest and config agree on how many layers there are, and whether every layer is there. */
export const layers: Check = {
  name: "layers",
  async run({ subject: { store }, root, children }, signal) {
    const missing = async (child: Child): Promise<readonly Finding[]> => {
      // Layers with addresses of their own need not be in the registry (image-spec, "Non-Distributable Layers").
      const local = child.manifest.layers.filter(({ urls }) => urls === undefined || urls.length === 0);
      const there = await Promise.all(local.map((layer) => store.has(layer, { signal })));
      return local
        .filter((_, index) => !there[index])
        .map(({ digest }) => error("layer-missing", `${store.name} lacks the layer ${digest}`, "Publish the commit again."));
    };
    const attestations = root.kind === "index" ? root.manifests.filter(isAttestation) : [];
    const lost = await Promise.all(attestations.map(async (one) => ((await store.has(one, { signal })) ? [] : [one])));
    return [
      ...children.flatMap(count),
      ...(await Promise.all(children.map(missing))).flat(),
      ...lost
        .flat()
        .map(({ digest }) => error("attestation-missing", `${store.name} lacks the attestation ${digest}`, "Publish the commit again.")),
    ];
  },
};

function count({ manifest, config, descriptor }: Child): readonly Finding[] {
  const [has, names] = [manifest.layers.length, config.rootfs.diff_ids.length];
  if (has === names) return [];
  return [
    error(
      "layer-count",
      `${descriptor.digest} has ${has} layers, its config names ${names}`,
      "Build the image again; it cannot be unpacked as it is.",
    ),
  ];
}
