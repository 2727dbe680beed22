import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { aFolder } from "../support/folder.ts";
import { copyTools, signIn, use } from "./support/copy-tools.ts";
import { contentOf, imageLayout, type LayoutImage } from "./support/layout-images.ts";
import { aSite, digestAt, type Manner, manners } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

const mebibytes = 104;
const chunkMebibytes = 16;

/** In how many PATCH requests a program sends a large blob: regctl in pieces, skopeo and crane in one stream, oras in the last PUT. */
const pushes: readonly { readonly name: string; readonly manner: Manner; readonly patches: number }[] = [
  { name: "regctl", manner: "plain", patches: Math.ceil(mebibytes / chunkMebibytes) },
  { name: "regctl", manner: "secure", patches: Math.ceil(mebibytes / chunkMebibytes) },
  { name: "skopeo", manner: "plain", patches: 1 },
  { name: "skopeo", manner: "secure", patches: 1 },
  { name: "crane", manner: "plain", patches: 1 },
  { name: "oras", manner: "plain", patches: 0 },
];

suite(`a layer of ${mebibytes} MiB and the embedded registry`, { concurrency: false }, () => {
  let image: LayoutImage;
  const cleanup = new AsyncDisposableStack();
  before(async () => {
    const { path } = cleanup.use(await aFolder());
    image = await imageLayout(join(path, "image"), { layers: [{ large: randomBytes(mebibytes << 20) }] });
  });
  after(async () => await cleanup.disposeAsync());

  for (const { name, manner, patches } of pushes) {
    test(`${name} sends it in ${patches} PATCH requests ${manners[manner]}, and reads it back`, async () => {
      await using site = await aSite(manner);
      const tool = copyTools[name] ?? assert.fail(name);
      if (manner === "secure") await signIn(tool, site);
      if (name === "regctl") {
        const sizes = ["--blob-chunk", `${chunkMebibytes << 20}`, "--blob-max", `${1 << 20}`];
        await use(tool, site, ["registry", "set", site.host, "--skip-check", ...sizes]);
      }
      const to = `${site.host}/large/app:t`;
      const sent = await trafficOf(site, () => use(tool, site, tool.push(site, image, to)));
      assert.deepEqual(sent.written, [...image.configs, ...image.layers].toSorted());
      const committed = sent.asked.find(
        ({ method, url }) => method === "PUT" && decodeURIComponent(url).endsWith(`digest=${image.layers[0]}`),
      );
      const session = committed?.url.split("?")[0];
      assert.equal(sent.asked.filter(({ method, url }) => method === "PATCH" && url === session).length, patches);
      assert.equal(await digestAt(site, "large/app", "t"), image.digest);
      await use(tool, site, tool.pull(site, to, join(site.dir, "back")));
      assert.deepEqual(await contentOf(join(site.dir, "back")), await contentOf(image.dir));
    });
  }
});
