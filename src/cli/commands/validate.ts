import { Failure, failureReport, partFailure, worstExit } from "../../failure/index.ts";
import { parseCommitSha } from "../../git/index.ts";
import { type Descriptor, formatPlatform, type Platform, parsePlatform, parseTag, type Tag } from "../../oci/index.ts";
import { type Emit, type Finding, failureText, findingText } from "../../report/index.ts";
import type { Store } from "../../store/index.ts";
import { validate } from "../../validate/index.ts";
import { type Edge, type Output, onGithub, print, type Run } from "../edge.ts";
import { nameOf, resolveImage } from "../image.ts";
import { listen, listening } from "../listen.ts";
import { namedImages } from "../named.ts";
import { imageRegistries, locate, registries } from "../registries.ts";
import type { RepositoryOptions } from "../settings.ts";
import { statedVersion } from "../version.ts";

export interface ValidateOptions extends RepositoryOptions {
  /** Without one, what the commit or version is published as is looked at. */
  readonly reference?: string;
  readonly output: Output;
}

/** One image at one place, and what it has to be. */
interface Wanted {
  readonly name: string;
  readonly store: Store;
  readonly find: () => Promise<Descriptor>;
  readonly platform: Platform;
  readonly revision: string | undefined;
  readonly latest: Tag | undefined;
}

/** What the checks saw of it, or why they could not look. */
interface Verdict {
  readonly wanted: Wanted;
  readonly root?: Descriptor;
  readonly findings: readonly Finding[];
  readonly failure?: Failure;
}

/** `waybill validate`: all checks on an image where it is. Exit code 3 where one finds an error. */
export const validateImage: Run<ValidateOptions> = async (options, edge) => {
  return await listening(listen(edge, options), async (emit) => {
    const { reference } = options;
    const verdicts = reference === undefined ? await published(options, edge, emit) : [await named({ ...options, reference }, edge, emit)];
    await show(verdicts, options, edge);
    const failures = verdicts.flatMap(({ failure }) => failure ?? []);
    const wrong = verdicts.some((one) => one.failure === undefined && !valid(one));
    for (const failure of failures) edge.stderr.write(`${failureText(failure)}\n`);
    return worstExit([...failures.map((one) => one.exitCode), wrong ? 3 : 0]);
  });
};

async function named(options: ValidateOptions & { readonly reference: string }, edge: Edge, emit: Emit): Promise<Verdict> {
  await using client = await imageRegistries(options, edge, emit);
  const located = await locate(options.reference, client, edge);
  const { tag } = nameOf(located);
  const [, sha, suffix = ""] = /^([0-9a-f]{64}|[0-9a-f]{40}|latest)(-[a-z0-9-]{2,12})?$/.exec(tag ?? "") ?? [];
  const verdict = await look(
    {
      name: located.store.name,
      store: located.store,
      find: () => resolveImage(located, edge.signal),
      platform: parsePlatform(options.platform ?? (edge.env["WAYBILL_PLATFORM"] || edge.env["DOCKER_DEFAULT_PLATFORM"] || "linux/amd64")),
      revision: statedCommit(options) ?? (sha === "latest" ? undefined : sha),
      latest: sha === "latest" || options.latest === false ? undefined : parseTag(`latest${suffix}`),
    },
    edge,
  );
  if (verdict.failure !== undefined) throw verdict.failure;
  return verdict;
}

function statedCommit({ commit, version }: ValidateOptions): string | undefined {
  if (commit !== undefined) return parseCommitSha(commit);
  if (version === undefined) return undefined;
  const stated = statedVersion(version, "--version");
  if (stated.kind === "commit") return stated.commit;
  throw new Failure("USAGE", `--version ${stated.tag} and IMAGE both name the image to look at`, { hint: "Give one of them." });
}

/** What the commit or version is published as, at every destination. */
async function published(options: ValidateOptions, edge: Edge, emit: Emit): Promise<readonly Verdict[]> {
  const { settings, images } = await namedImages(options, edge, emit);
  await using client = registries({ ...options, ...settings }, edge, emit);
  return await Promise.all(
    images.flatMap(({ settings: { destinations, build, suffix = "" }, tag, moving, commit }) =>
      destinations.map(async (destination) => {
        const store = client.repository(destination);
        const location = { kind: "registry", reference: { ...destination, tag: parseTag(tag) } } as const;
        return await look(
          {
            name: `${destination.host}/${destination.repository}:${tag}`,
            store,
            find: () => resolveImage({ location, store }, edge.signal),
            platform: parsePlatform(build.platform),
            revision: commit,
            latest: moving.includes(`latest${suffix}`) ? parseTag(`latest${suffix}`) : undefined,
          },
          edge,
        );
      }),
    ),
  );
}

async function look(wanted: Wanted, { signal }: Edge): Promise<Verdict> {
  const { store, platform, revision, latest } = wanted;
  try {
    const root = await wanted.find();
    return { wanted, root, findings: await validate({ store, root, expected: { platform, revision, latest } }, { signal }) };
  } catch (thrown) {
    return { wanted, findings: [], failure: partFailure(thrown, signal) };
  }
}

function valid({ findings, failure }: Verdict): boolean {
  return failure === undefined && !findings.some((finding) => finding.level === "error");
}

async function show(verdicts: readonly Verdict[], options: ValidateOptions, edge: Edge): Promise<void> {
  const data = verdicts.map((one) => ({
    image: options.reference ?? one.wanted.name,
    digest: one.root?.digest,
    valid: valid(one),
    findings: one.findings,
    ...(one.failure === undefined ? {} : { code: one.failure.code, message: one.failure.message }),
  }));
  const all = verdicts.every(valid);
  if (options.output === "json") await print(edge, JSON.stringify(data.length === 1 ? data[0] : { valid: all, images: data }, null, 2));
  else if (options.output === "github") await print(edge, `valid=${all}\ndigest=${data[0]?.digest ?? ""}`);
  else await print(edge, verdicts.flatMap(asLines).join("\n"));
  if (onGithub(edge)) {
    const { tellValidation } = await import("../github.ts");
    tellValidation(verdicts.map(asImage), edge);
  }
}

function asLines(verdict: Verdict): readonly string[] {
  const { wanted, root, findings, failure } = verdict;
  const { platform, revision } = wanted;
  if (failure !== undefined) return [wanted.name, `not valid: ${failure.message}`];
  const good = `valid: ${formatPlatform(platform)}${revision === undefined ? "" : `, commit ${revision}`}`;
  return [...findings.map(findingText), `${wanted.store.name}@${root?.digest}`, valid(verdict) ? good : "not valid"];
}

function asImage(verdict: Verdict) {
  const { wanted, root, findings, failure } = verdict;
  return {
    name: wanted.name,
    digest: root?.digest,
    platform: formatPlatform(wanted.platform),
    revision: wanted.revision,
    valid: valid(verdict),
    findings,
    failure: failure && failureReport(failure),
  };
}
