import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { copyTools, signIn, use } from "./support/copy-tools.ts";
import { imageLayout, type LayoutImage } from "./support/layout-images.ts";
import { peerProgram } from "./support/programs.ts";
import { must } from "./support/run.ts";
import { aSite, type DescriptorJson, type Site, tagsAt } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

/** How a program attaches a file to an image, and finds what is attached. */
interface Attacher {
  attach(site: Site, image: string, file: string, type: string): readonly string[];
  /** Prints JSON. */
  list(image: string, type?: string): readonly string[];
  listed(out: string): readonly DescriptorJson[];
  /** Writes the file below `dir`, or prints it. */
  get(image: string, type: string, dir: string): readonly string[];
}

const attachers: Readonly<Record<string, Attacher>> = {
  oras: {
    attach: (_, image, file, type) => [
      "attach",
      "--no-tty",
      "--artifact-type",
      type,
      "--annotation",
      "by=oras",
      image,
      `${file}:text/plain`,
    ],
    list: (image, type) => ["discover", "--format", "json", ...(type === undefined ? [] : ["--artifact-type", type]), image],
    listed: (out) => (JSON.parse(out) as { referrers: DescriptorJson[] }).referrers,
    get: (image, _, dir) => ["pull", "--no-tty", "--output", dir, image],
  },
  regctl: {
    attach: (_, image, file, type) => [
      "artifact",
      "put",
      "--artifact-type",
      type,
      "--annotation",
      "by=regctl",
      "--subject",
      image,
      "--file",
      file,
    ],
    list: (image, type) => [
      "artifact",
      "list",
      "--format",
      "raw-body",
      ...(type === undefined ? [] : ["--filter-artifact-type", type]),
      image,
    ],
    listed: (out) => (JSON.parse(out) as { manifests: DescriptorJson[] }).manifests,
    get: (image) => ["artifact", "get", image],
  },
};
const [sbom, note] = ["application/spdx+json", "text/vnd.example.note"] as const;

for (const [name, attacher] of Object.entries(attachers)) {
  suite(`${name} attaches to images in the embedded registry`, { concurrency: false }, () => {
    let site: Site;
    let image: LayoutImage;
    let subject: string;
    const tool = copyTools[name] ?? assert.fail(name);
    const list = async (type?: string): Promise<readonly DescriptorJson[]> =>
      attacher.listed(await use(tool, site, attacher.list(subject, type)));

    before(async () => {
      site = await aSite("secure");
      await signIn(tool, site);
      image = await imageLayout(join(site.dir, "image"));
      subject = `${site.host}/team/app:t`;
      await use(tool, site, tool.push(site, image, subject));
    });
    after(async () => await site[Symbol.asyncDispose]());

    test("what is attached is listed by the registry's API, and no tag is made for it", async () => {
      assert.deepEqual(await list(), []);
      for (const [type, file] of [
        [sbom, "sbom"],
        [note, "note"],
      ] as const) {
        await writeFile(join(site.dir, file), `this is the ${file}`);
        await use(tool, site, attacher.attach(site, subject, file, type));
      }
      const listed = await list();
      assert.deepEqual(listed.map(({ artifactType }) => artifactType).toSorted(), [sbom, note].toSorted());
      assert.deepEqual([...new Set(listed.map(({ annotations }) => annotations?.["by"]))], [name]);
      assert.deepEqual(await tagsAt(site, "team/app"), ["t"]);
    });

    test("the registry filters by type", async () => {
      let listed: readonly DescriptorJson[] = [];
      const { asked } = await trafficOf(site, async () => {
        listed = await list(sbom);
      });
      assert.deepEqual(
        listed.map(({ artifactType }) => artifactType),
        [sbom],
      );
      const filtered = await site.ask("GET", `/v2/team/app/referrers/${image.digest}?artifactType=${encodeURIComponent(sbom)}`);
      assert.equal(filtered.headers["oci-filters-applied"], "artifactType");
      assert.deepEqual(
        (JSON.parse(filtered.text) as { manifests: DescriptorJson[] }).manifests.map(({ digest }) => digest),
        listed.map(({ digest }) => digest),
      );
      assert.ok(asked.some(({ url, status }) => url.startsWith(`/v2/team/app/referrers/${image.digest}`) && status === 200));
    });

    test("what was attached is read back", async () => {
      const [attached] = await list(sbom);
      assert.ok(attached !== undefined);
      const dir = join(site.dir, "read");
      const printed = await use(tool, site, attacher.get(`${site.host}/team/app@${attached.digest}`, sbom, dir));
      const text = name === "oras" ? await must("cat", [join(dir, "sbom")]) : printed;
      assert.equal(text, "this is the sbom");
    });

    test("a copy with its referrers takes them along", async () => {
      const to = `${site.host}/other/app:t`;
      const argv = name === "oras" ? ["cp", "--no-tty", "--recursive", subject, to] : ["image", "copy", "--referrers", subject, to];
      await use(tool, site, argv);
      const { text } = await site.ask("GET", `/v2/other/app/referrers/${image.digest}`);
      const there = (JSON.parse(text) as { manifests: DescriptorJson[] }).manifests;
      assert.deepEqual(there.map(({ digest }) => digest).toSorted(), (await list()).map(({ digest }) => digest).toSorted());
    });

    test("what is deleted is listed no longer", async () => {
      const [attached] = await list(note);
      assert.ok(attached !== undefined);
      await must(peerProgram("regctl"), ["manifest", "delete", `${site.host}/team/app@${attached.digest}`], { env: site.env });
      assert.deepEqual(await list(note), []);
      assert.equal((await list()).length, 1);
    });
  });
}
