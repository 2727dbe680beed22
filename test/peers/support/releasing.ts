import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aService, type ServiceRequest } from "../../support/http-service.ts";

/** A release on GitHub, as its API was asked for it. */
export interface GithubRelease {
  readonly tag_name: string;
  readonly name: string;
  readonly prerelease: boolean;
  readonly draft: boolean;
  readonly generate_release_notes: boolean;
}

/** A package as npm sent it. */
export interface NpmPackage {
  readonly name: string;
  readonly access: string;
  readonly "dist-tags": Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, { readonly gitHead?: string }>>;
  readonly _attachments: Readonly<Record<string, { readonly length: number; readonly data: string }>>;
}

/** What a release speaks to besides AWS and registries: npm's registry, GitHub's API, and who gives a job its identity. */
export interface Releasing extends AsyncDisposable {
  readonly npm: readonly NpmPackage[];
  readonly releases: readonly GithubRelease[];
  /** How npm was called to publish, an argument list each. */
  readonly published: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the programs that stand in for others; it goes first in PATH. */
  readonly programs: string;
}

const identity = "an-identity";
const given = "a-token-for-one-package";
const jobToken = "the-jobs-token";

/**
 * Makes it. npm and gh are the real ones: npm reaches the registry here, and gets its token for the job's identity; gh asks the API
 * here through a socket. Only what signs npm's provenance is on the Internet alone: it is left out, and that it was asked for is kept.
 */
export async function aReleasing(dir: string): Promise<Releasing> {
  await using stack = new AsyncDisposableStack();
  const npm: NpmPackage[] = [];
  const releases: GithubRelease[] = [];
  const published: string[][] = [];
  const held = ({ headers }: ServiceRequest, token: string): boolean => String(headers["authorization"]).endsWith(` ${token}`);
  const registry = stack.use(
    await aService((asked) => {
      const { method, path, body } = asked;
      if (path === "/identity?audience=npm%3A127.0.0.1" && held(asked, jobToken)) return { status: 200, json: { value: identity } };
      if (path === "/-/npm/v1/oidc/token/exchange/package/waybill" && held(asked, identity)) return { status: 201, json: { token: given } };
      if (path === "/called") {
        published.push(JSON.parse(body));
        return { status: 204 };
      }
      if (path !== "/waybill") return undefined;
      if (method === "PUT") {
        if (!held(asked, given)) return { status: 401, json: { error: "unknown token" } };
        const sent: NpmPackage = JSON.parse(body);
        if (npm.some((one) => Object.keys(one.versions)[0] === Object.keys(sent.versions)[0]))
          return { status: 403, json: { error: "twice" } };
        npm.push(sent);
        return { status: 201, json: {} };
      }
      const versions = Object.assign({}, ...npm.map((one) => one.versions));
      return npm.length === 0 ? undefined : { status: 200, json: { name: "waybill", "dist-tags": {}, versions } };
    }),
  );
  const socket = join(dir, "github.sock");
  stack.use(
    await aService((asked) => {
      if (!held(asked, jobToken)) return { status: 401, json: { message: "Bad credentials" } };
      const made = (tag: string): object | null =>
        releases.some((one) => one.tag_name === tag) ? { databaseId: 1, isDraft: false } : null;
      if (asked.path === "/graphql") {
        const { query, variables } = JSON.parse(asked.body);
        const answer = /release\(/.test(query) ? { release: made(variables.tagName) } : { ref: { id: variables.tagName } };
        return { status: 200, json: { data: { repository: answer } } };
      }
      const dates = { created_at: "2026-11-28T00:00:00Z", published_at: "2026-11-28T00:00:00Z" };
      const html_url = "http://github.localhost/quiltdata/waybill/releases/tag/any";
      if (asked.method === "GET" && /\/releases\/(?:tags\/v|1$)/.test(asked.path)) {
        const found = releases.find((one) => asked.path.endsWith(`/${one.tag_name}`) || asked.path.endsWith("/1"));
        return found && { status: 200, json: { ...found, id: 1, html_url, author: { login: "a" }, assets: [], ...dates } };
      }
      if (asked.method !== "POST" || asked.path !== "/repos/quiltdata/waybill/releases") return undefined;
      const release: GithubRelease = JSON.parse(asked.body);
      releases.push(release);
      return { status: 201, json: { ...release, id: 1, html_url, upload_url: "" } };
    }, socket),
  );
  const programs = join(dir, "programs");
  const configuration = join(dir, "gh");
  await mkdir(programs);
  await mkdir(configuration);
  await writeFile(join(configuration, "config.yml"), `http_unix_socket: ${socket}\nprompt: disabled\n`);
  // The machine may have no sudo, and needs none: tests that start daemons run as root already.
  await program(join(programs, "sudo"), 'exec "$@"');
  await program(
    join(programs, "npm"),
    `real=$(PATH="\${PATH//${programs}:/}" command -v npm)
[ "$1" = publish ] || exec "$real" "$@"
node -e 'fetch(process.argv[1], { method: "POST", body: JSON.stringify(process.argv.slice(2)) })' ${registry.url}/called "$@"
kept=()
for word in "$@"; do [ "$word" = --provenance ] || kept+=("$word"); done
exec "$real" "\${kept[@]}"`,
  );
  const whole = stack.move();
  return {
    npm,
    releases,
    published,
    programs,
    env: {
      npm_config_registry: `${registry.url}/`,
      npm_config_update_notifier: "false",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${registry.url}/identity`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: jobToken,
      GH_CONFIG_DIR: configuration,
      GH_HOST: "github.localhost",
      GH_REPO: "github.localhost/quiltdata/waybill",
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** The secret that a workflow has as github.token, for act. */
export const token: readonly string[] = ["--secret", `GITHUB_TOKEN=${jobToken}`];

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/usr/bin/env bash\n${script}\n`);
  await chmod(path, 0o755);
}
