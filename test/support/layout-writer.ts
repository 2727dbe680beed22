/** Writes images with tags into a layout, as one of several processes that do: layout-writer.ts DIR PREFIX COUNT. */
import { parseTag } from "../../src/oci/index.ts";
import { openLayout } from "../../src/store/index.ts";
import { anImage } from "./images.ts";

const [dir = "", prefix = "", count = "0"] = process.argv.slice(2);
const store = await openLayout(dir, { create: true });
await Promise.all(
  Array.from({ length: Number(count) }, async (_, at) => {
    const image = await anImage(store, { tag: `${prefix}-${at}` });
    await store.tag(parseTag("shared"), image);
  }),
);
