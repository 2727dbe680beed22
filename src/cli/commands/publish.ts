import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pushFromEnvironment, type Settings } from "../../config/index.ts";
import { Failure, quoteForeign, worstExit } from "../../failure/index.ts";
import { parseCommitSha } from "../../git/index.ts";
import { githubOutputs } from "../../github/index.ts";
import { type PushOptions, type PushReports, publishPush } from "../../publish/index.ts";
import { type Emit, failureText, reportJson, reportText } from "../../report/index.ts";
import { version } from "../../version.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { runFacts, tellPublication } from "../github.ts";
import { listen, listening } from "../listen.ts";
import { type FailureNews, failureNews } from "../on-failure.ts";
import { forge, recorder } from "../outside.ts";
import { lateRegistries } from "../registries.ts";
import { withDropped, withRecords } from "../reports.ts";
import { chosenCommit, type RepositoryOptions, settingsOf } from "../settings.ts";

export interface PublishCommandOptions extends RepositoryOptions {
  readonly output: Output;
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
  readonly verbose?: boolean;
}

/** `waybill publish`: the main job for every image of the repository. */
export const publish: Run<PublishCommandOptions> = async (options, edge) => {
  const news = failureNews(options, edge);
  let named: string | undefined;
  try {
    const { commit, environment } = await chosenCommit(options, edge);
    named = commit ?? environment?.commit;
    const done = await published(options, edge, { commit, environment }, news);
    await show(done, options, edge);
    if (!options.dryRun) await news.ofReports(done.reports);
    return worstExit(done.reports.map(({ exitCode }) => exitCode));
  } catch (thrown) {
    if (!options.dryRun) await news.ofFailure(thrown, named);
    throw thrown;
  }
};

async function published(
  options: PublishCommandOptions,
  edge: Edge,
  choice: Pick<PushOptions, "commit" | "environment">,
  news: FailureNews,
): Promise<PushReports> {
  const startedAt = Date.now();
  const range = rangeOf(options);
  return await listening(listen(edge, options), async (emit) => {
    const load = settingsOf(options, edge);
    await using client = lateRegistries(options, edge, emit);
    let settled: Settings | undefined;
    const done = await publishPush({
      repo: resolve(edge.cwd, options.repo),
      settings: async (repository) => {
        const settings = await load(repository);
        news.configured(settings);
        client.settled(settings);
        settled = settings;
        return settings;
      },
      elsewhere: forge(options, edge, emit),
      ...choice,
      range,
      push: () => pushFromEnvironment(edge.env, async (path) => await readFile(path, "utf8").catch(() => undefined)),
      only: options.image,
      dryRun: options.dryRun ?? false,
      adopt: options.adopt ?? false,
      registries: client,
      env: edge.env,
      facts: { waybill: version, startedAt, run: runFacts(edge) },
      emit,
      signal: edge.signal,
    });
    return await withDropped(await recorded(done, settled, emit, edge), emit, edge);
  });
}

/** Reports, written down at GitHub where the settings say so. */
async function recorded(done: PushReports, settings: Settings | undefined, emit: Emit, edge: Edge): Promise<PushReports> {
  const { record, caFile } = settings ?? {};
  return record === undefined ? done : await withRecords(done, recorder({ caFile }, edge, record.github.environment), emit);
}

/** The commits that `--every-commit` names one by one. */
function rangeOf({ everyCommit, commit, version: stated }: PublishCommandOptions): PushOptions["range"] {
  if (everyCommit === undefined || everyCommit === false) return undefined;
  if (commit !== undefined || stated !== undefined)
    throw new Failure("USAGE", "--every-commit and --commit do not go together", { hint: "Give a range: --every-commit BEFORE..AFTER." });
  if (everyCommit === true) return undefined;
  const [before = "", after = "", ...more] = everyCommit.split("..");
  if (more.length > 0 || before === "" || after === "" || after.startsWith("."))
    throw new Failure("USAGE", `--every-commit takes BEFORE..AFTER, not "${quoteForeign(everyCommit, 200)}"`, {
      hint: "Name both by their full names, as in --every-commit $(git rev-parse main~3)..$(git rev-parse main).",
    });
  return { before: parseCommitSha(before), after: parseCommitSha(after) };
}

async function show({ every, reports }: PushReports, { output, repo }: PublishCommandOptions, edge: Edge): Promise<void> {
  const [newest = reports[0]] = reports.slice(-1);
  const commits = every ? reports : undefined;
  const outputs = githubOutputs(newest, commits);
  if (output === "json") await print(edge, reportJson(every ? reports : newest));
  else if (output === "github")
    await print(
      edge,
      Object.entries(outputs)
        .map(([name, value]) => `${name}=${value}`)
        .join("\n"),
    );
  else {
    const { isTTY, columns } = edge.stdout;
    const style = isTTY ? { columns, colour: edge.env.NO_COLOR === undefined } : {};
    await print(edge, reports.map((report) => `${every ? `commit ${report.commit.sha}\n` : ""}${reportText(report, style)}`).join("\n\n"));
  }
  for (const failure of reports.flatMap(({ failures }) => failures)) edge.stderr.write(`${failureText(failure)}\n`);
  tellPublication(newest, commits, outputs, edge, repo);
}
