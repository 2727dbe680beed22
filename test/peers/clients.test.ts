import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { digestOf } from "../../src/oci/index.ts";
import { copyTools, signIn, use } from "./support/copy-tools.ts";
import { contentOf, imageLayout, indexLayout, rootsOf } from "./support/layout-images.ts";
import { runProgram } from "./support/run.ts";
import { aSite, digestAt, type Manner, manners, type Site, tagsAt } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

for (const manner of Object.keys(manners) as Manner[]) {
  for (const [name, tool] of Object.entries(copyTools)) {
    suite(`${name} and the embedded registry ${manners[manner]}`, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await aSite(manner);
      });
      after(async () => await site[Symbol.asyncDispose]());

      if (manner === "secure") {
        test("is refused without the right password, and writes nothing", async () => {
          assert.equal((await signIn(tool, site, "wrong")).exitCode === 0, tool.believes ?? false);
          const image = await imageLayout(join(site.dir, "refused"));
          const push = tool.push(site, image, `${site.host}/refused/app:t`);
          const { exitCode, said } = await runProgram(tool.program, push, { env: site.env, cwd: site.dir });
          assert.notEqual(exitCode, 0);
          assert.match(said, /sign in with the registry's user|unauthorized|credential/i);
          assert.deepEqual(await tagsAt(site, "refused/app"), []);
        });

        test("signs in", async () => {
          const { exitCode, said } = await signIn(tool, site);
          assert.equal(exitCode, 0, said);
        });
      }

      test("pushes an image, pulls it back with the same bytes, and does not send it twice", async () => {
        const image = await imageLayout(join(site.dir, "image"));
        const to = `${site.host}/team/app:t`;
        const first = await trafficOf(site, () => use(tool, site, tool.push(site, image, to)));
        assert.deepEqual(first.written, [...image.configs, ...image.layers].toSorted());
        assert.equal(await digestAt(site, "team/app", "t"), image.digest);
        const again = await trafficOf(site, () => use(tool, site, tool.push(site, image, to)));
        assert.deepEqual(again.written, []);
        const back = join(site.dir, "image-back");
        await use(tool, site, tool.pull(site, `${to}`, back));
        assert.deepEqual(await rootsOf(back), [image.digest]);
        assert.deepEqual(await contentOf(back), await contentOf(image.dir));
      });

      test("pushes an index, copies it into another repository by mounting, and pulls it back from there", async () => {
        const index = await indexLayout(join(site.dir, "index"));
        const [first, second] = ["multi/app", "other/place/app"];
        await use(tool, site, tool.push(site, index, `${site.host}/${first}:t`));
        const root = tool.wraps ? digestOf(await readFile(join(index.dir, "index.json"))) : index.digest;
        assert.equal(await digestAt(site, first, "t"), root);

        const copied = await trafficOf(site, () => use(tool, site, tool.copy(site, `${site.host}/${first}:t`, `${site.host}/${second}:t`)));
        const moved = tool.mounts === "all" ? [] : index.configs;
        assert.deepEqual([copied.read, copied.written], [moved, moved]);
        assert.deepEqual(copied.mounted, [...index.layers, ...(tool.mounts === "all" ? index.configs : [])].toSorted());
        assert.equal(await digestAt(site, second, "t"), root);

        const back = join(site.dir, "index-back");
        await use(tool, site, tool.pull(site, `${site.host}/${second}:t`, back));
        assert.equal((await rootsOf(back))[0], root);
        assert.deepEqual(await contentOf(back), [...new Set([...(await contentOf(index.dir)), root])].toSorted());
      });

      test("lists tags, and deletes one", async () => {
        const image = await imageLayout(join(site.dir, "tagged"));
        const repository = `${site.host}/tagged/app`;
        for (const tag of ["kept", "gone"]) await use(tool, site, tool.push(site, image, `${repository}:${tag}`));
        const listed = await use(tool, site, tool.tags(site, repository));
        assert.deepEqual(listed.match(/\b(?:kept|gone)\b/g), ["gone", "kept"]);
        await use(tool, site, tool.remove(site, `${repository}:gone`));
        assert.deepEqual(await tagsAt(site, "tagged/app"), tool.removes === "tag" ? ["kept"] : []);
        const { status } = await site.ask("HEAD", `/v2/tagged/app/manifests/${image.digest}`);
        assert.equal(status, tool.removes === "tag" ? 200 : 404);
      });
    });
  }
}
