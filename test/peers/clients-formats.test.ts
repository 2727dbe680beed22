import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { aTar } from "../support/tar.ts";
import { copyTools, use } from "./support/copy-tools.ts";
import { imageLayout, type LayoutImage } from "./support/layout-images.ts";
import { peerProgram } from "./support/programs.ts";
import { must } from "./support/run.ts";
import { aSite, manifestAt, type Site } from "./support/sites.ts";

const [crane, skopeo, regctl, oras] = [peerProgram("crane"), "skopeo", peerProgram("regctl"), peerProgram("oras")];
const docker = "application/vnd.docker.distribution.manifest.v2+json";
const oci = "application/vnd.oci.image.manifest.v1+json";

/** What a client makes of the image at `from`, there or in the layout `dir`, and what must be at `to` then. */
interface Rewrite {
  readonly name: string;
  readonly program: string;
  argv(at: { readonly from: string; readonly to: string; readonly dir: string; readonly host: string }): readonly string[];
  readonly mediaType: string;
  readonly layer: RegExp;
}

const to = (host: string): readonly string[] => ["--host", `reg=${host},tls=disabled`];
const rewrites: readonly Rewrite[] = [
  {
    name: "skopeo writes it in Docker's format",
    program: skopeo,
    argv: (at) => ["copy", "--quiet", "--format", "v2s2", "--dest-tls-verify=false", `oci:${at.dir}:t`, `docker://${at.to}`],
    mediaType: docker,
    layer: /docker.*tar\.gzip$/,
  },
  {
    name: "regctl writes it in Docker's format",
    program: regctl,
    argv: (at) => [...to(at.host), "image", "mod", at.from, "--to-docker", "--create", at.to],
    mediaType: docker,
    layer: /docker.*tar\.gzip$/,
  },
  {
    name: "regctl packs its layers with zstd",
    program: regctl,
    argv: (at) => [...to(at.host), "image", "mod", at.from, "--layer-compress", "zstd", "--create", at.to],
    mediaType: oci,
    layer: /tar\+zstd$/,
  },
  {
    name: "regctl names everything by sha512",
    program: regctl,
    argv: (at) => [...to(at.host), "image", "mod", at.from, "--digest-algo", "sha512", "--create", at.to],
    mediaType: oci,
    layer: /tar\+gzip$/,
  },
  {
    name: "crane appends a layer",
    program: crane,
    argv: (at) => ["append", "--insecure", "--base", at.from, "--new_layer", "layer.tar", "--new_tag", at.to],
    mediaType: oci,
    layer: /tar(\+|\.)gzip$/,
  },
  {
    name: "oras makes an artifact of a file",
    program: oras,
    argv: (at) => ["push", "--no-tty", "--plain-http", "--artifact-type", "text/x", at.to, "layer.tar:text/vnd.example+gzip"],
    mediaType: oci,
    layer: /^text\/vnd\.example\+gzip$/,
  },
];

suite("what clients make of images in the embedded registry", { concurrency: false }, () => {
  let site: Site;
  let image: LayoutImage;
  before(async () => {
    site = await aSite("plain");
    image = await imageLayout(join(site.dir, "image"));
    const pushing = copyTools["oras"] ?? assert.fail();
    await use(pushing, site, pushing.push(site, image, `${site.host}/team/app:t`));
    await writeFile(join(site.dir, "layer.tar"), await aTar([{ name: "more", content: "more" }]));
  });
  after(async () => await site[Symbol.asyncDispose]());

  for (const [at, { name, program, argv, mediaType, layer }] of rewrites.entries()) {
    test(`${name}, and others read that whole`, async () => {
      const options = { env: site.env, cwd: site.dir };
      const made = `${site.host}/made/app:t${at}`;
      await must(program, argv({ from: `${site.host}/team/app:t`, to: made, dir: image.dir, host: site.host }), options);
      const manifest = await manifestAt(site, "made/app", `t${at}`);
      assert.equal(manifest.mediaType, mediaType);
      assert.match(manifest.layers.at(-1)?.mediaType ?? "", layer);
      if (name.includes("sha512")) assert.match(manifest.config.digest, /^sha512:/);
      // Both verify what they read; crane knows neither zstd nor sha512.
      for (const reader of ["regctl", "oras"]) {
        const reading = copyTools[reader] ?? assert.fail();
        await use(reading, site, reading.pull(site, made, join(site.dir, `${reader}-${at}`)));
      }
    });
  }
});
