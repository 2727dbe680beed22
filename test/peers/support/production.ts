import { join, resolve } from "node:path";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../../support/embedded-registry.ts";
import { aFolder } from "../../support/folder.ts";
import { anyOwner, runGit } from "../../support/git-repository.ts";
import { type AwsSession, aMoto } from "./moto.ts";
import { aNodeBase } from "./node-base.ts";

const root = resolve(import.meta.dirname, "../../..");
const ecr = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
export const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
/** The repository that this repository's workflows publish to. */
export const name = `${ecr}/quiltdata/benchling`;

/** What this repository's workflows have around them: the origin, AWS, the registry. */
export interface Production extends AsyncDisposable {
  readonly dir: string;
  /** A bare repository, whose main is this checkout's commit. */
  readonly origin: string;
  readonly sha: string;
  /** Of the role that the workflows take. */
  readonly session: AwsSession;
  readonly registry: EmbeddedRegistry;
  /** What a job needs in its environment to find AWS and the registries here. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes it; it is gone when the scope ends. */
export async function aProduction(): Promise<Production> {
  await using stack = new AsyncDisposableStack();
  const { path: dir } = stack.use(await aFolder());
  const origin = join(dir, "origin.git");
  const sha = runGit(root, ["rev-parse", "HEAD"], anyOwner);
  // The checkout may be of any branch, or of none; here its commit is main's newest.
  runGit(dir, ["clone", "--quiet", "--bare", root, origin], anyOwner);
  runGit(origin, ["config", "uploadpack.allowFilter", "true"]);
  runGit(origin, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  runGit(origin, ["update-ref", "refs/heads/main", sha]);
  runGit(origin, ["symbolic-ref", "HEAD", "refs/heads/main"]);
  const moto = stack.use(await aMoto());
  const session = await moto.aSession(role, ["ecr:GetAuthorizationToken"]);
  const registry = stack.use(await anEmbeddedRegistry({ basic: session.basic, immutable: true, mutableTags: ["latest"] }));
  const hub = stack.use(await anEmbeddedRegistry());
  await aNodeBase(await hub.repositories.open("docker/library/node"), "24-bookworm");
  await moto.enforce();
  // What was begun before a failure is ended; the whole is the caller's.
  const whole = stack.move();
  return {
    dir,
    origin,
    sha,
    session,
    registry,
    env: { ...moto.env, WAYBILL_ENDPOINTS: endpoints(registry.served.url, hub.served.url) },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** WAYBILL_ENDPOINTS for a primary and a registry of base images. */
export function endpoints(primary: string, bases: string): string {
  return `${ecr}=${primary},public.ecr.aws=${bases}`;
}

/** This process's own variables that would tell a job of something else than what it is given, taken away. */
export function withoutOwn(): Readonly<Record<string, undefined>> {
  const own = /^(?:WAYBILL_|GITHUB_|AWS_|ECR_|DOCKER_|VERSION$|GIT_|MAKE|MFLAGS|NODE_|ACT)/;
  return Object.fromEntries(
    Object.keys(process.env)
      .filter((one) => own.test(one))
      .map((one) => [one, undefined]),
  );
}

/**
 * Gives a clone this checkout's dependencies instead of `npm ci`, which asks the network; for bash. Files are linked, never the
 * folder: where the lock files differ make empties it, and it would be the checkout's. Across file systems they are copied.
 */
export const dependencies = `set -e
cp -al ${root}/node_modules node_modules 2>/dev/null || { rm -rf node_modules; cp -a ${root}/node_modules node_modules; }
cp --remove-destination package-lock.json node_modules/.installed-lock`;
