/**
 * Builds one image with either compression, and prints its digests as JSON, one line each. It is bundled, and run by Nodes of several
 * versions on several CPUs: all of them must print the same.
 */
import { assembleEngine, contentKey } from "../../../src/build/index.ts";
import { memoryStore, readConfig, readManifest } from "../../../src/store/index.ts";
import { aBuildRequest } from "../../support/context.ts";
import { seededNumbers } from "../../support/seeded.ts";

const mebibyte = 1 << 20;
const next = seededNumbers(7);

/** Bytes that nothing makes smaller. */
const random = Buffer.alloc(mebibyte);
for (let at = 0; at < random.length; at += 4) random.writeUInt32LE(Math.floor(next() * 2 ** 32), at);

const words = "const return function if else export await => { } value index length 0 1 import from".split(" ");
/** Something like a program's source, longer than a piece that is packed by itself. */
let text = "";
while (text.length < 1.5 * mebibyte) text += `${words[Math.floor(next() * words.length)]}${next() < 0.1 ? "\n" : " "}`;

const files = {
  app: { content: "#!/bin/app\n", mode: 0o755 },
  "lib/text": text,
  "lib/random": random,
  "lib/digits": random.toString("hex"),
  "lib/zeros": Buffer.alloc(mebibyte),
  "lib/mixed": Buffer.concat([random.subarray(0, 400_000), Buffer.from(text.slice(0, 400_000)), random.subarray(0, 200_000)]),
  "lib/current": { link: "text" },
};
const dockerfile = 'FROM scratch\nARG MODE=755\nCOPY --chmod=$MODE app /app\nCOPY lib /lib\nENV A=1\nENTRYPOINT ["/app"]\n';

for (const compression of ["gzip", "zstd"] as const) {
  const request = { ...aBuildRequest(dockerfile, { files }), compression };
  const { key } = await contentKey({ ...request, engine: `assemble ${compression}`, stamped: [] });
  const store = memoryStore();
  const { content } = await assembleEngine().build(request, store, { emit: () => {} });
  const manifest = await readManifest(store, content);
  if (manifest.kind !== "manifest") throw new Error("not one platform's image");
  const { rootfs } = await readConfig(store, manifest.config);
  const layers = manifest.layers.map(({ digest }) => digest);
  console.log(JSON.stringify({ compression, key, image: content.digest, layers, diffIds: rootfs.diff_ids }));
}
