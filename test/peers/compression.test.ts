import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { publish } from "../publish/support.ts";
import { waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { peerProgram } from "./support/programs.ts";
import { must } from "./support/run.ts";
import { aSite, manifestAt, type Site } from "./support/sites.ts";

const text = "one line of many\n".repeat(10_000);
const dockerfile = 'FROM scratch\nCOPY --chmod=755 app /app\nCOPY text /text\nENTRYPOINT ["/app"]\n';

suite("an image built with build.compression: zstd", { concurrency: false }, () => {
  let site: Site;
  let repository: TestRepository;
  let sha: string;

  before(async () => {
    site = await aSite("plain");
    repository = aRepository();
    sha = repository.commit({ Dockerfile: dockerfile, app: elfProgram("amd64", "hello\n"), text });
    const config = "build: { compression: zstd }\n";
    const report = await publish({ repo: repository.dir, to: [`${site.host}/team/app`], commit: sha, config });
    assert.deepEqual(report.failures, []);
  });
  after(async () => {
    repository.remove();
    await site[Symbol.asyncDispose]();
  });

  test("has layers of zstd only, and passes the checks", async () => {
    const { layers } = await manifestAt(site, "team/app", sha);
    assert.deepEqual(new Set(layers.map(({ mediaType }) => mediaType)), new Set(["application/vnd.oci.image.layer.v1.tar+zstd"]));
    const { exitCode, said } = await waybill(["validate", `${site.host}/team/app:${sha}`], { cwd: repository.dir });
    assert.equal(exitCode, 0, said);
  });

  test("is unpacked by crane", async () => {
    const tar = join(site.dir, "files.tar");
    await must(peerProgram("crane"), ["export", "--insecure", `${site.host}/team/app:${sha}`, tar], { env: site.env, cwd: site.dir });
    await unpacked(tar, "files");
  });

  test("is unpacked by skopeo", async () => {
    const dir = join(site.dir, "decompressed");
    const from = `docker://${site.host}/team/app:${sha}`;
    const argv = ["copy", "--quiet", "--src-tls-verify=false", "--dest-decompress", from, `dir:${dir}`];
    await must("skopeo", argv, { env: site.env, cwd: site.dir });
    const { layers } = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8")) as { layers: { digest: string }[] };
    const { digest } = layers.at(-1) ?? assert.fail("no layers");
    await unpacked(join(dir, digest.slice("sha256:".length)), "layer");
  });

  /** Unpacks what a client has written, and looks whether the file is there as it was committed. */
  async function unpacked(tar: string, folder: string): Promise<void> {
    const dir = join(site.dir, folder);
    await mkdir(dir);
    await must("tar", ["--no-same-owner", "-xf", tar, "-C", dir]);
    assert.equal(await readFile(join(dir, "text"), "utf8"), text);
  }
});
