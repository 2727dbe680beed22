import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { aTar } from "../support/tar.ts";
import { copyTools, signIn, use } from "./support/copy-tools.ts";
import { aDockerd, type Dockerd } from "./support/dockerd.ts";
import { indexLayout } from "./support/layout-images.ts";
import { must, runProgram } from "./support/run.ts";
import { aSite, digestAt, type Manner, manifestAt, manners, type Site, user } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

suite("docker and the embedded registry", { concurrency: false }, () => {
  let dockerd: Dockerd;
  before(async () => {
    dockerd = await aDockerd({ network: "host" });
  });
  after(async () => await dockerd[Symbol.asyncDispose]());

  for (const manner of Object.keys(manners) as Manner[]) {
    suite(manners[manner], { concurrency: false }, () => {
      let site: Site;
      let image: string;
      const docker = async (...argv: readonly string[]): Promise<string> => await must("docker", argv, { env: dockerd.env });
      const login = async (password: string) =>
        await runProgram("docker", ["login", "--username", user.username, "--password-stdin", site.host], {
          env: dockerd.env,
          input: password,
        });
      /** What `/words` holds in an image. */
      const wordsIn = async (name: string): Promise<string> => {
        const container = (await docker("create", name, "none")).trim();
        const tar = await docker("cp", `${container}:/words`, "-");
        await docker("rm", container);
        return /these are the words of \w+/.exec(tar)?.[0] ?? tar;
      };

      before(async () => {
        site = await aSite(manner);
        image = `${site.host}/team/app:t`;
        const input = await aTar([{ name: "words", content: `these are the words of ${manner}` }]);
        await must("docker", ["import", "--change", "LABEL by=docker", "-", image], { env: dockerd.env, input });
      });
      after(async () => await site[Symbol.asyncDispose]());

      if (manner === "secure") {
        test("is refused without the right password", async () => {
          assert.notEqual((await login("wrong")).exitCode, 0);
          const { exitCode, said } = await dockerd.docker("push", image);
          assert.notEqual(exitCode, 0);
          assert.match(said, /no basic auth credentials|unauthorized/);
        });

        test("signs in", async () => {
          const { exitCode, out, said } = await login(user.password);
          assert.equal(exitCode, 0, said);
          assert.match(out, /Login Succeeded/);
        });
      }

      test("pushes an image in Docker's format, whose digest it and the registry agree on, and sends nothing twice", async () => {
        const pushed = await docker("push", image);
        const digest = await digestAt(site, "team/app", "t");
        assert.equal(/t: digest: (sha256:\w+) size/.exec(pushed)?.[1], digest);
        assert.equal((await manifestAt(site, "team/app", "t")).mediaType, "application/vnd.docker.distribution.manifest.v2+json");
        const again = await trafficOf(site, () => docker("push", image));
        assert.deepEqual(again.written, []);
      });

      test("pushes it into another repository by mounting its layer", async () => {
        const { layers, config } = await manifestAt(site, "team/app", "t");
        const other = `${site.host}/other/app:t`;
        await docker("tag", image, other);
        const { mounted, written } = await trafficOf(site, () => docker("push", other));
        assert.deepEqual(
          mounted,
          layers.map(({ digest }) => digest),
        );
        assert.deepEqual(written, [config.digest], "docker mounts layers only");
        assert.equal(await digestAt(site, "other/app", "t"), await digestAt(site, "team/app", "t"));
      });

      test("pulls it back by tag and by digest, with the same bytes", async () => {
        const id = (await docker("image", "inspect", "--format", "{{.Id}}", image)).trim();
        const digest = await digestAt(site, "team/app", "t");
        for (const name of [image, `${site.host}/other/app@${digest}`]) {
          await docker("rmi", "--force", id);
          const { read } = await trafficOf(site, () => docker("pull", name));
          const { config, layers } = await manifestAt(site, "team/app", "t");
          assert.deepEqual(read, [config.digest, ...layers.map((layer) => layer.digest)].toSorted());
          assert.equal((await docker("image", "inspect", "--format", "{{.Id}}", name)).trim(), id);
          assert.match(await docker("image", "inspect", "--format", "{{json .RepoDigests}}", name), new RegExp(digest));
          assert.equal(await wordsIn(name), `these are the words of ${manner}`);
        }
      });

      test("pulls its platform's image out of an OCI index, and pushes that as its own", async () => {
        const oras = copyTools["oras"] ?? assert.fail();
        if (manner === "secure") await signIn(oras, site);
        const index = await indexLayout(join(site.dir, "index"));
        await use(oras, site, oras.push(site, index, `${site.host}/multi/app:t`));
        const { manifests } = await manifestAt(site, "multi/app", "t");
        const child = manifests.find(({ platform }) => platform?.architecture === "arm64");
        const { config } = await manifestAt(site, "multi/app", child?.digest ?? "");
        await docker("pull", "--platform", "linux/arm64", `${site.host}/multi/app:t`);
        const id = (await docker("image", "inspect", "--format", "{{.Id}}", `${site.host}/multi/app:t`)).trim();
        assert.equal(id, config.digest);
        const seen = JSON.parse(await docker("manifest", "inspect", "--insecure", `${site.host}/multi/app:t`)) as { manifests: object[] };
        assert.equal(seen.manifests.length, 2);
        await docker("tag", `${site.host}/multi/app:t`, `${site.host}/single/app:t`);
        await docker("push", `${site.host}/single/app:t`);
        assert.equal((await manifestAt(site, "single/app", "t")).config.digest, config.digest);
      });

      test("says what is not there", async () => {
        const { exitCode, said } = await dockerd.docker("pull", `${site.host}/team/app:absent`);
        assert.notEqual(exitCode, 0);
        assert.match(said, /manifest unknown|not found/);
      });
    });
  }
});
