// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { copyTools, signIn } from "./support/copy-tools.ts";
import { peerProgram } from "./support/programs.ts";
import { must, type ProgramRun, runProgram } from "./support/run.ts";
import { aSite, digestAt, type Manner, manifestAt, manners, type Site } from "./support/sites.ts";
import { trafficOf } from "./support/traffic.ts";

const dockerfile = `FROM scratch AS made
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox date +%s%N > /made"]
FROM scratch
COPY --from=made /made /made
COPY words /words
`;
const several = "FROM scratch\nARG TARGETARCH\nLABEL arch=${TARGETARCH}\nCOPY words /words\n";

for (const manner of Object.keys(manners) as Manner[]) {
  suite(`buildx with BuildKit and the embedded registry ${manners[manner]}`, { concurrency: false }, () => {
    let stack: AsyncDisposableStack;
    let site: Site;
    let address: string;
    const run = async (...argv: readonly string[]): Promise<ProgramRun> =>
      await runProgram(peerProgram("buildx"), argv, { env: { ...site.env, DOCKER_HOST: undefined }, cwd: site.dir });
    const buildx = async (...argv: readonly string[]): Promise<string> => {
      const { exitCode, out, said } = await run(...argv);
      assert.equal(exitCode, 0, `buildx ${argv.join(" ")}: ${said}`);
      return `${out}${said}`;
    };
    const build = async (file: string, ...argv: readonly string[]): Promise<string> => {
      await writeFile(join(site.dir, "Dockerfile"), file);
      return await buildx("build", "--builder", "peer", "--progress", "plain", "--file", "Dockerfile", ...argv, "context");
    };

    before(async () => {
      stack = new AsyncDisposableStack();
      site = stack.use(await aSite(manner));
      const config = manner === "plain" ? "" : `[registry."${site.host}"]\nhttp = false\nca = [${JSON.stringify(site.caFile)}]\n`;
      address = stack.use(await aBuildkitd({ config })).address;
      await buildx("create", "--name", "peer", "--driver", "remote", address);
      await mkdir(join(site.dir, "context"));
      await writeFile(join(site.dir, "context/busybox"), await readFile("/bin/busybox"), { mode: 0o755 });
      await writeFile(join(site.dir, "context/words"), "words");
    });
    after(async () => await stack.disposeAsync());

    if (manner === "secure") {
      test("is refused until it signs in", async () => {
        const argv = ["build", "--builder", "peer", "--tag", `${site.host}/team/app:t`, "--push", "context"];
        await writeFile(join(site.dir, "context/Dockerfile"), several);
        const { exitCode, said } = await run(...argv);
        assert.notEqual(exitCode, 0);
        assert.match(said, /401 Unauthorized|no basic auth credentials|authorization failed/);
        // buildx has no sign-in of its own; it reads what docker's clients keep.
        const crane = copyTools["crane"] ?? assert.fail();
        assert.equal((await signIn(crane, site)).exitCode, 0);
      });
    }

    test("pushes an image with its provenance, both of which waybill reads", async () => {
      await build(dockerfile, "--tag", `${site.host}/team/app:t`, "--provenance=mode=max", "--metadata-file", "metadata.json", "--push");
      const metadata = JSON.parse(await readFile(join(site.dir, "metadata.json"), "utf8")) as Record<string, string>;
      assert.equal(metadata["containerimage.digest"], await digestAt(site, "team/app", "t"));
      const { manifests, mediaType } = await manifestAt(site, "team/app", "t");
      assert.equal(mediaType, "application/vnd.oci.image.index.v1+json");
      const [image, attestation] = manifests;
      assert.equal(attestation?.annotations?.["vnd.docker.reference.digest"], image?.digest);
      const statement = await manifestAt(site, "team/app", attestation?.digest ?? "");
      const { text } = await site.ask("GET", `/v2/team/app/blobs/${statement.layers[0]?.digest}`);
      assert.match((JSON.parse(text) as { predicateType: string }).predicateType, /^https:\/\/slsa\.dev\/provenance\//);
      const env = { ...site.env, WAYBILL_ENDPOINTS: `${site.host}=${site.registry.url}` };
      const trusting = manner === "secure" ? ["--ca-file", site.caFile] : [];
      const seen = await waybill(["info", ...trusting, `${site.host}/team/app:t`], { cwd: site.dir, env });
      assert.equal(seen.exitCode, 0, seen.said);
      assert.match(seen.out, new RegExp(image?.digest ?? "absent"));
    });

    for (const [kind, image] of [
      ["an OCI image", "true"],
      ["an index of layers", "false"],
    ] as const) {
      test(`exports its cache as ${kind}, and imports it when its own is gone`, async () => {
        const cache = `${site.host}/cache/app:${image}`;
        const to = `type=registry,ref=${cache},mode=max,image-manifest=${image},oci-mediatypes=true`;
        const made = `${site.host}/cached/app:${image}`;
        await build(dockerfile, "--no-cache", "--tag", made, "--provenance=false", "--cache-to", to, "--push");
        const manifest = await manifestAt(site, "cache/app", image);
        assert.equal((image === "true" ? manifest.layers : manifest.manifests).length > 1, true);
        const before = await manifestAt(site, "cached/app", image);
        await must(peerProgram("buildctl"), ["--addr", address, "prune", "--all"], { env: site.env });
        const again = await trafficOf(site, async () => {
          const said = await build(dockerfile, "--tag", made, "--provenance=false", "--cache-from", `type=registry,ref=${cache}`, "--push");
          assert.match(said, /importing cache manifest/);
          assert.match(said, /CACHED/);
        });
        assert.ok(again.asked.some(({ url, status }) => url.startsWith("/v2/cache/app/blobs/") && status === 200));
        // The time of day is in a file, so only a step that did not run again gives the same layer.
        assert.deepEqual((await manifestAt(site, "cached/app", image)).layers, before.layers);
      });
    }

    test("pushes two platforms as one index", async () => {
      await build(several, "--platform", "linux/amd64,linux/arm64", "--provenance=false", "--tag", `${site.host}/multi/app:t`, "--push");
      const { manifests } = await manifestAt(site, "multi/app", "t");
      assert.deepEqual(manifests.map(({ platform }) => platform?.architecture).toSorted(), ["amd64", "arm64"]);
    });

    // buildx itself, unlike BuildKit, cannot be told that a registry on loopback speaks TLS.
    if (manner === "plain") {
      test("copies an index into another repository", async () => {
        await buildx("imagetools", "create", "--builder", "peer", "--tag", `${site.host}/elsewhere/app:t`, `${site.host}/multi/app:t`);
        assert.equal(await digestAt(site, "elsewhere/app", "t"), await digestAt(site, "multi/app", "t"));
        const seen = await buildx("imagetools", "inspect", "--builder", "peer", `${site.host}/elsewhere/app:t`);
        assert.match(seen, new RegExp(`Digest: +${await digestAt(site, "multi/app", "t")}`));
      });
    }

    test("builds upon an image of the registry, and pushes that into another repository by mounting", async () => {
      const { manifests } = await manifestAt(site, "team/app", "t");
      const below = await manifestAt(site, "team/app", manifests[0]?.digest ?? "");
      const upon = `FROM ${site.host}/team/app:t\nLABEL more=yes\n`;
      const pushed = await trafficOf(site, () => build(upon, "--provenance=false", "--tag", `${site.host}/upon/app:t`, "--push"));
      const { config, layers } = await manifestAt(site, "upon/app", "t");
      assert.deepEqual(layers, below.layers);
      assert.deepEqual(pushed.written, [config.digest]);
      assert.deepEqual(pushed.mounted, layers.map(({ digest }) => digest).toSorted());
    });
  });
}
