import { loadSettings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { publishRepository } from "../../publish/index.ts";
import { type Emit, formatMs, type Report } from "../../report/index.ts";
import { serveRegistry } from "../../server/index.ts";
import { anonymous, createRegistryClient, memoryRepositories, type RegistryClient } from "../../store/index.ts";
import { version } from "../../version.ts";
import { type Checkout, cloneHead, examples } from "../demo/checkout.ts";
import { type Edge, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";

/** What one part of the demo publishes, and what must come of it. */
interface Scene {
  readonly title: string;
  readonly commit: string;
  readonly example: string;
  readonly repository: string;
  /** What must be true of the report; the first that is not ends the demo as a defect. */
  readonly expected: Readonly<Record<string, (report: Report) => boolean>>;
}

const repository = "demo/hello";
const wrongRepository = "demo/wrong-architecture";

/** `waybill demo`: the main job on this checkout's own commits, with the embedded registry. */
export const demo: Run<Record<string, never>> = async (_, edge) => {
  const started = performance.now();
  return await listening(listen(edge, {}), async (emit) => {
    await using checkout = await cloneHead(edge.cwd, edge.signal);
    const server = await serveRegistry({
      listen: "127.0.0.1:0",
      repositories: memoryRepositories(),
      immutable: true,
      mutableTags: ["latest"],
      emit,
    });
    await using client = createRegistryClient({ signIn: anonymous, endpoints: {}, emit, proxy: {} });
    try {
      say(edge, `registry: ${server.url}, in memory, release tags immutable`);
      if (checkout.added !== undefined) say(edge, `${checkout.added}, so the demo added a commit of its own, ${checkout.head}, in a clone`);
      const reports: { readonly scene: Scene; readonly report: Report }[] = [];
      for (const scene of scenes(checkout)) {
        say(edge, `\n${reports.length + 1}. ${scene.title}`);
        const report = await play(scene, { checkout, client, host: server.host, emit, edge });
        const broken = Object.entries(scene.expected).find(([, holds]) => !holds(report));
        if (broken !== undefined)
          throw new Failure("DEFECT", `the demo expected: ${broken[0]}`, { hint: "Please report this with all of the output above." });
        reports.push({ scene, report });
      }
      const tags = await Array.fromAsync(
        client.repository({ host: server.host, repository: wrongRepository }).tags({ signal: edge.signal }),
      );
      if (tags.length > 0) throw new Failure("DEFECT", `the wrong image has tags: ${tags.join(", ")}`);
      await print(edge, summary(reports, performance.now() - started));
      return 0;
    } finally {
      await server.close();
    }
  });
};

function scenes({ head, parent }: Checkout): readonly Scene[] {
  const hello = { example: examples.good, repository };
  const outcome = (report: Report, tag: string) => report.images[0]?.destinations[0]?.tags.find((one) => one.tag === tag)?.outcome;
  const done = (report: Report): boolean => report.exitCode === 0;
  return [
    {
      ...hello,
      title: `publish ${examples.good} from commit ${head}`,
      commit: head,
      expected: {
        "exit code 0": done,
        "a build": (report) => report.images[0]?.built === true,
        "a new release tag": (report) => outcome(report, head) === "created",
        "a new latest": (report) => outcome(report, "latest") === "created",
      },
    },
    {
      ...hello,
      title: "publish it again: nothing is built, nothing is uploaded, both tags stay",
      commit: head,
      expected: {
        "exit code 0": done,
        "no build": (report) => report.images[0]?.built === false,
        "no upload": (report) => report.images[0]?.destinations[0]?.bytes === 0,
        "the release tag as it was": (report) => outcome(report, head) === "kept",
        "latest as it was": (report) => outcome(report, "latest") === "kept",
      },
    },
    {
      ...hello,
      title: `publish its parent ${parent}: a tag of its own, and latest stays`,
      commit: parent,
      expected: {
        "exit code 0": done,
        "a new release tag": (report) => outcome(report, parent) === "created",
        "latest as it was": (report) => outcome(report, "latest") === "kept",
      },
    },
    {
      title: "publish an image around a program for another architecture: the check fails, no tag is written",
      commit: head,
      example: examples.wrong,
      repository: wrongRepository,
      expected: {
        "exit code 3": (report) => report.exitCode === 3,
        "a finding of the program": (report) => report.images[0]?.findings.some(({ code }) => code === "program-architecture") ?? false,
      },
    },
  ];
}

interface Stage {
  readonly checkout: Checkout;
  readonly client: RegistryClient;
  readonly host: string;
  readonly emit: Emit;
  readonly edge: Edge;
}

async function play({ commit, example, repository: name }: Scene, { checkout, client, host, emit, edge }: Stage): Promise<Report> {
  const flags = { to: [`${host}/${name}`], file: `${example}/Dockerfile`, context: example, platform: "linux/amd64", engine: "assemble" };
  return await publishRepository({
    repo: checkout.dir,
    // The environment of whoever runs the demo configures their work, not the demo.
    settings: () => loadSettings({ readFile: async () => undefined, env: {}, flags }),
    commit,
    dryRun: false,
    adopt: false,
    registries: client,
    env: edge.env,
    facts: { waybill: version, startedAt: Date.now() },
    emit,
    signal: edge.signal,
  });
}

function say(edge: Edge, text: string): void {
  edge.stderr.write(`${text}\n`);
}

function summary(reports: readonly { readonly scene: Scene; readonly report: Report }[], ms: number): string {
  const lines = reports.flatMap(({ scene, report }, index) => {
    const [image] = report.images;
    const tags = image?.destinations[0]?.tags ?? [];
    return [
      `${index + 1}. ${scene.title}`,
      ...tags.map(({ tag, outcome, why }) => `   ${image?.destinations[0]?.name}:${tag} ${outcome}${why === undefined ? "" : ` (${why})`}`),
      ...(image?.failure === undefined ? [] : [`   exit ${report.exitCode}: ${image.failure.message}`]),
      ...(image?.digest === undefined ? [] : [`   ${image.digest}`]),
      `   ${formatMs(report.ms)}`,
    ];
  });
  return [
    "",
    ...lines,
    "",
    `All of it took ${formatMs(ms)}. The same for your own repository:`,
    "",
    "  npx waybill publish --repo PATH --to HOST/REPOSITORY",
  ].join("\n");
}
