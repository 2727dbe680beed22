import { resolve } from "node:path";
import { Failure } from "../../failure/index.ts";
import { githubOutputs } from "../../github/index.ts";
import { publishRepository } from "../../publish/index.ts";
import { failureText, type Report, reportJson, reportText } from "../../report/index.ts";
import { version } from "../../version.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { droppedWarnings, runFacts, tellPublication } from "../github.ts";
import { listen, listening } from "../listen.ts";
import { forge } from "../outside.ts";
import { registries } from "../registries.ts";
import { chosenCommit, type RepositoryOptions, settingsOf } from "../settings.ts";

export interface PublishCommandOptions extends RepositoryOptions {
  readonly output: Output;
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
  readonly verbose?: boolean;
}

/** `waybill publish`: the main job for every image of the repository. */
export const publish: Run<PublishCommandOptions> = async (options, edge) => {
  const startedAt = Date.now();
  const { commit, environment } = await chosenCommit(options, edge);
  const report = await listening(listen(edge, options), async (emit) => {
    const load = settingsOf(options, edge);
    // The client is made when the settings are known, because they say how hosts are reached.
    let client: ReturnType<typeof registries> | undefined;
    try {
      const done = await publishRepository({
        repo: resolve(edge.cwd, options.repo),
        settings: async (repository) => {
          const settings = await load(repository);
          client = registries({ ...options, ...settings }, edge, emit);
          return settings;
        },
        elsewhere: forge(options, edge, emit),
        commit,
        environment,
        only: options.image,
        dryRun: options.dryRun ?? false,
        adopt: options.adopt ?? false,
        registries: {
          repository: (name) => {
            if (client === undefined) throw new Failure("DEFECT", "a registry was asked for before the settings were read");
            return client.repository(name);
          },
        },
        env: edge.env,
        facts: { waybill: version, startedAt, run: runFacts(edge) },
        emit,
        signal: edge.signal,
      });
      const dropped = await droppedWarnings(githubOutputs(done), edge);
      for (const warning of dropped) emit({ kind: "message", level: "warning", ...warning });
      return { ...done, warnings: [...done.warnings, ...dropped] };
    } finally {
      await client?.close();
    }
  });
  await show(report, options, edge);
  return report.exitCode;
};

async function show(report: Report, { output, repo }: PublishCommandOptions, edge: Edge): Promise<void> {
  const outputs = githubOutputs(report);
  if (output === "json") await print(edge, reportJson(report));
  else if (output === "github")
    await print(
      edge,
      Object.entries(outputs)
        .map(([name, value]) => `${name}=${value}`)
        .join("\n"),
    );
  else {
    const { isTTY, columns } = edge.stdout;
    await print(edge, reportText(report, isTTY ? { columns, colour: edge.env.NO_COLOR === undefined } : {}));
  }
  for (const failure of report.failures) edge.stderr.write(`${failureText(failure)}\n`);
  tellPublication(report, outputs, edge, repo);
}
