import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { imageLayout } from "./support/layout-images.ts";
import { must, type ProgramRun, runProgram } from "./support/run.ts";
import { aSite, digestAt, type Manner, manifestAt, manners, type Site, tagsAt, user } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

/** Enough to be many pieces; once is enough. */
const mebibytes: Readonly<Record<Manner, number>> = { plain: 100, secure: 4 };
const containerfile = `FROM scratch
COPY busybox /bin/busybox
COPY large /large
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox echo made in a build > /made"]
LABEL by=buildah
CMD ["/bin/busybox", "cat", "/made"]
`;

for (const manner of Object.keys(manners) as Manner[]) {
  suite(`buildah and the embedded registry ${manners[manner]}`, { concurrency: false }, () => {
    let site: Site;
    let image: string;
    const tls = manner === "plain" ? ["--tls-verify=false"] : [];
    const run = async (...argv: readonly string[]): Promise<ProgramRun> => {
      const storage = ["--root", join(site.dir, "storage"), "--runroot", join(site.dir, "run"), "--storage-driver", "vfs"];
      return await runProgram("buildah", [...storage, ...argv], { env: { ...site.env, BUILDAH_ISOLATION: "chroot" }, cwd: site.dir });
    };
    const buildah = async (...argv: readonly string[]): Promise<string> => {
      const { exitCode, out, said } = await run(...argv);
      assert.equal(exitCode, 0, `buildah ${argv.join(" ")}: ${said}`);
      return out.trim();
    };

    before(async () => {
      site = await aSite(manner);
      image = `${site.host}/team/app:t`;
      await mkdir(join(site.dir, "context"));
      await writeFile(join(site.dir, "context/busybox"), await readFile("/bin/busybox"), { mode: 0o755 });
      await writeFile(join(site.dir, "context/large"), randomBytes(mebibytes[manner] << 20));
    });
    after(async () => await site[Symbol.asyncDispose]());

    if (manner === "secure") {
      test("signs in, which a wrong password does not", async () => {
        const login = async (input: string): Promise<ProgramRun> =>
          await runProgram("buildah", ["login", "--username", user.username, "--password-stdin", site.host], { env: site.env, input });
        assert.notEqual((await login("wrong")).exitCode, 0);
        assert.equal((await login(user.password)).exitCode, 0);
      });
    }

    test(`builds from scratch with a RUN, and pushes that and ${mebibytes[manner]} MiB, each blob in one stream`, async () => {
      await buildah("bud", "--quiet", "--layers=false", "--tag", image, "--file", await filed("Containerfile", containerfile), "context");
      const file = join(site.dir, "pushed");
      const sent = await trafficOf(site, () => buildah("push", "--quiet", ...tls, "--digestfile", file, image));
      const { config, layers, mediaType } = await manifestAt(site, "team/app", "t");
      assert.equal(mediaType, "application/vnd.oci.image.manifest.v1+json");
      assert.equal(await readFile(file, "utf8"), await digestAt(site, "team/app", "t"));
      assert.deepEqual(sent.written, [config, ...layers].map(({ digest }) => digest).toSorted());
      assert.equal(sent.asked.filter(({ method }) => method === "PATCH").length, sent.written.length);
      assert.ok(layers.some(({ size }) => size >= mebibytes[manner] << 20));
    });

    test("pushes it into another repository by mounting its layers", async () => {
      const { config, layers } = await manifestAt(site, "team/app", "t");
      const { written, mounted } = await trafficOf(site, () =>
        buildah("push", "--quiet", ...tls, image, `docker://${site.host}/other/app:t`),
      );
      assert.deepEqual(mounted, layers.map(({ digest }) => digest).toSorted());
      assert.deepEqual(written, [config.digest], "buildah mounts layers only");
      assert.equal(await digestAt(site, "other/app", "t"), await digestAt(site, "team/app", "t"));
    });

    test("pulls it back and builds upon it, what ran in the build included", async () => {
      const digest = await digestAt(site, "team/app", "t");
      await buildah("rmi", "--all", "--force");
      const pulled = await trafficOf(site, () => buildah("pull", "--quiet", ...tls, image));
      const { config, layers } = await manifestAt(site, "team/app", "t");
      assert.deepEqual(pulled.read, [config, ...layers].map((blob) => blob.digest).toSorted());
      assert.equal(await buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", image), digest);
      const container = await buildah("from", "--pull-never", image);
      assert.equal(await buildah("run", container, "/bin/busybox", "cat", "/made"), "made in a build");
      await buildah("rm", container);
      const upon = `FROM ${image}\nRUN ["/bin/busybox", "rm", "/large"]\n`;
      await buildah("bud", "--quiet", ...tls, "--tag", `${site.host}/upon/app:t`, "--file", await filed("Upon", upon), "context");
      await buildah("push", "--quiet", ...tls, `${site.host}/upon/app:t`);
      const above = await manifestAt(site, "upon/app", "t");
      assert.deepEqual(above.layers.slice(0, -1), layers);
    });

    test("pushes a manifest list with its images, in OCI's and in Docker's format", async () => {
      const { dir } = await imageLayout(join(site.dir, "arm"), { platform: "linux/arm64" });
      await buildah("manifest", "create", "several", image);
      await buildah("manifest", "add", "several", `oci:${dir}:t`);
      for (const [format, mediaType] of [
        ["oci", "application/vnd.oci.image.index.v1+json"],
        ["v2s2", "application/vnd.docker.distribution.manifest.list.v2+json"],
      ] as const) {
        await buildah(
          "manifest",
          "push",
          "--quiet",
          "--all",
          ...tls,
          "--format",
          format,
          "several",
          `docker://${site.host}/multi/app:${format}`,
        );
        const list = await manifestAt(site, "multi/app", format);
        assert.equal(list.mediaType, mediaType);
        assert.deepEqual(list.manifests.map(({ platform }) => platform?.architecture).toSorted(), ["amd64", "arm64"]);
        for (const { digest } of list.manifests) await digestAt(site, "multi/app", digest);
      }
      assert.deepEqual(await tagsAt(site, "multi/app"), ["oci", "v2s2"]);
      await must("skopeo", ["inspect", ...tls, `docker://${site.host}/multi/app:v2s2`], { env: site.env });
    });

    async function filed(name: string, text: string): Promise<string> {
      await writeFile(join(site.dir, name), text);
      return name;
    }
  });
}
