import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aFolder } from "../../support/folder.ts";
import { aCertificate } from "../../support/registry-certificate.ts";
import { aWaybillRegistry, type WaybillRegistry } from "../../support/waybill-registry.ts";

/** How a registry is reached: in the open, or as one would run it for others. */
export type Manner = "plain" | "secure";

/** Both ways, as the tests' names have them. */
export const manners: Readonly<Record<Manner, string>> = {
  plain: "over plain HTTP",
  secure: "over TLS, with user and password",
};

/** The user that a secure registry knows. */
export const user = { username: "some one", password: 'p:ä"$ss' } as const;

/** `waybill registry serve`, and what a client needs to use it. */
export interface Site extends AsyncDisposable {
  readonly manner: Manner;
  readonly registry: WaybillRegistry;
  readonly host: string;
  /** A folder for the client's files and the test's. */
  readonly dir: string;
  /** PEM file of the authority that vouches for a secure registry. */
  readonly caFile: string;
  /** Keeps what clients write and read below `dir`, and has them trust the registry's certificate. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks the registry itself, as the user that it knows. */
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>): Promise<SiteAnswer>;
}

/** What a registry answered. */
export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/**
 * Starts a registry for clients; all of it is gone when the scope ends.
 * @param argv further options of `waybill registry serve`
 */
export async function aSite(manner: Manner, argv: readonly string[] = []): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const { path: dir } = stack.use(await aFolder());
  const tls = manner === "secure" ? aCertificate() : undefined;
  const registry = stack.use(await aWaybillRegistry({ argv, ...(tls && { tls, basic: user }) }));
  const caFile = join(dir, "ca.pem");
  if (tls !== undefined) await writeFile(caFile, tls.cert);
  // buildah wants the file that it is told of to be there.
  const authFile = join(dir, "containers-auth.json");
  await writeFile(authFile, "{}");
  const ask: Site["ask"] = async (method, path, headers = {}) =>
    await new Promise((resolve, reject) => {
      const auth = tls === undefined ? {} : { auth: `${user.username}:${user.password}`, ca: tls.cert };
      const http = process.getBuiltinModule(tls === undefined ? "node:http" : "node:https");
      const asking = http.request(`${registry.url}${path}`, { method, headers, agent: false, ...auth }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (some: string) => {
          text += some;
        });
        answer.on("error", reject).on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      asking.on("error", reject).end();
    });
  const kept = stack.move();
  return {
    manner,
    registry,
    host: registry.host,
    dir,
    caFile,
    env: {
      HOME: dir,
      DOCKER_CONFIG: join(dir, "docker"),
      REGISTRY_AUTH_FILE: authFile,
      REGCTL_CONFIG: join(dir, "regctl.json"),
      ...(tls === undefined ? {} : { SSL_CERT_FILE: caFile }),
    },
    ask,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const accept = ["manifest.v1", "index.v1"].map((kind) => `application/vnd.oci.image.${kind}+json`);
const docker = ["manifest", "manifest.list"].map((kind) => `application/vnd.docker.distribution.${kind}.v2+json`);

/** The digest that a registry names for a tag or digest, which has to be there. */
export async function digestAt(site: Site, repository: string, reference: string): Promise<string> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const { status, headers } = await site.ask("HEAD", path, { accept: [...accept, ...docker].join(", ") });
  assert.equal(status, 200, `${repository}:${reference}`);
  return String(headers["docker-content-digest"]);
}

/** A manifest as the registry holds it. */
export async function manifestAt(site: Site, repository: string, reference: string): Promise<ManifestJson> {
  const { status, text } = await site.ask("GET", `/v2/${repository}/manifests/${reference}`, { accept: [...accept, ...docker].join(", ") });
  assert.equal(status, 200, text);
  return JSON.parse(text) as ManifestJson;
}

/** What tests read of manifests and indexes. */
export interface ManifestJson {
  readonly mediaType: string;
  readonly config: DescriptorJson;
  readonly layers: readonly DescriptorJson[];
  readonly manifests: readonly DescriptorJson[];
}

/** What tests read of descriptors. */
export interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The tags of a repository, as the registry lists them. */
export async function tagsAt(site: Site, repository: string): Promise<readonly string[]> {
  const { status, text } = await site.ask("GET", `/v2/${repository}/tags/list`);
  return status === 404 ? [] : (JSON.parse(text) as { tags: string[] }).tags;
}
