import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { loadSettings, type Settings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { outlineOf } from "../../git/index.ts";
import {
  type Answers,
  answered,
  type Change,
  changesOf,
  type Found,
  findIn,
  type Given,
  infra,
  missing,
  nextSteps,
  type Pin,
  pinOf,
  scaffold,
  seen,
  settingsFor,
  settingsPath,
  taken,
  wrapperPin,
} from "../../scaffold/index.ts";
import { version } from "../../version.ts";
import { type Edge, print, type Run } from "../edge.ts";
import { ask } from "../init/ask.ts";
import { readIn, writeIn } from "../init/files.ts";
import { givenBy, type InitFlags } from "../init/given.ts";
import { canAsk, type Prompts, promptsAt } from "../init/prompts.ts";
import { describe, refusal, section } from "../init/show.ts";

export interface InitOptions extends InitFlags {
  readonly repo: string;
  readonly package?: string;
  readonly infra?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** `waybill init`: looks, asks, shows, writes, and says what is left to do. */
export const init: Run<InitOptions> = async (options, edge) => {
  const given = givenBy(options);
  const outline = await outlineOf(resolve(edge.cwd, options.repo), { signal: edge.signal });
  if (outline.bare)
    throw new Failure("NOT_A_REPOSITORY", `${outline.root} has no work tree to write to`, { hint: "Run init in a clone of it." });
  const read = readIn(outline.root);
  const found = await findIn(outline, read);
  const before = await read(settingsPath);
  using prompts = !options.yes && !options.dryRun && canAsk(edge) ? promptsAt(edge) : undefined;

  // Before the questions, so that nobody answers them in vain.
  const early = prompts === undefined ? undefined : await pinFirst(options, given, found, read, edge);
  edge.stderr.write(`${seen(found, answered(given, found), before !== undefined).join("\n")}\n\n`);
  const answers = await answersOf(given, found, before !== undefined, prompts);
  const { text, settings } = await settled(given, answers, found, before, read);
  const pin = answers.make === "own" ? undefined : (early ?? (await pinned(options, found, read, edge)));
  const files = scaffold({
    images: settings.images,
    make: answers.make ?? "write",
    ci: answers.ci ?? "github",
    packageManager: answers.packageManager ?? "none",
    makefile: found.makefile,
    pin,
  });
  const wanted = [
    { path: settingsPath, text, ours: () => before !== undefined },
    ...files,
    ...(options.infra ? infra(settings.images, found) : []),
  ];
  const changes = await changesOf(wanted, read);
  await print(edge, describe(changes, { all: options.dryRun === true, color: edge.stdout.isTTY === true && !edge.env["NO_COLOR"] }));
  if (options.dryRun) return 0;

  const written = await agreed(changes, options, prompts);
  for (const { path, text: content, executable } of written) await writeIn(found.root, path, content, executable === true);
  await print(
    edge,
    section(
      written,
      nextSteps(
        settings.images,
        found,
        answers,
        written.map(({ path }) => path),
        outline.root === (await realpath(edge.cwd)) ? "" : 'cd "$(git rev-parse --show-toplevel)" && ',
      ),
    ),
  );
  return 0;
};

async function answersOf(given: Given, found: Found, configured: boolean, prompts: Prompts | undefined): Promise<Answers> {
  // What is configured already is not asked again.
  if (configured) return answered(given, found);
  const answers = prompts === undefined ? answered(given, found) : await ask(given, found, prompts);
  const flags = missing(answers);
  if (flags.length === 0) return answers;
  throw new Failure("USAGE", `not said, and not to be found out: ${flags.join(", ")}`, {
    hint: `${flags.map((flag) => hints[flag] ?? flag).join(" ")} At a terminal, init without --yes and --dry-run asks.`,
  });
}

/** What is to be given for a flag that is missing. */
const hints: Readonly<Record<string, string>> = {
  "--file": "Give --file PATH: no Dockerfile was found among the files that git keeps.",
  "--image": "Give --image OWNER/NAME, the image's name in every registry; at ghcr.io it has an owner.",
  "--registry": "Give --registry HOST, like ghcr.io or 123456789012.dkr.ecr.us-east-1.amazonaws.com.",
  "--role": "Give --role arn:aws:iam::ACCOUNT:role/NAME, which the workflow signs in with at ECR.",
};

/** waybill.yaml's text, and what it says, judged as `publish` will judge it. */
async function settled(
  given: Given,
  answers: Answers,
  found: Found,
  before: string | undefined,
  read: (path: string) => Promise<string | undefined>,
): Promise<{ readonly text: string; readonly settings: Settings }> {
  const text = await settingsFor(given, answers, found, before, read);
  const settings = await loadSettings({ readFile: async () => Buffer.from(text), root: found.root, env: {}, flags: {} });
  return { text, settings };
}

async function pinned(
  options: InitOptions,
  { root }: Found,
  read: (path: string) => Promise<string | undefined>,
  edge: Edge,
): Promise<Pin> {
  const from = options.package ?? `waybill@${version}`;
  const known = await wrapperPin(read);
  // A release never changes: what was pinned once is not asked for again, nor quietly pinned as something else.
  if (known?.package === from && from.startsWith("waybill@") && !options.force) return known;
  return await pinOf(from, { root, version, signal: edge.signal });
}

/** The pin, unless the workflow may come to run the repository's own targets. */
async function pinFirst(
  options: InitOptions,
  given: Given,
  found: Found,
  read: (path: string) => Promise<string | undefined>,
  edge: Edge,
): Promise<Pin | undefined> {
  const open = given.make === undefined && taken(found);
  return open || answered(given, found).make === "own" ? undefined : await pinned(options, found, read, edge);
}

/** The changes that are to be made: all that are needed, once whoever has a say has agreed. */
async function agreed(changes: readonly Change[], { force }: InitOptions, prompts: Prompts | undefined): Promise<readonly Change[]> {
  const needed = changes.filter(({ kind }) => kind !== "same");
  const others = needed.filter(({ kind }) => kind === "overwritten");
  if (prompts === undefined) {
    if (others.length > 0 && !force) throw refusal(others);
    return needed;
  }
  const refused = new Set<string>();
  for (const { path } of force ? [] : others) {
    if (!(await prompts.yes(`Overwrite ${path}`, false))) refused.add(path);
  }
  const rest = needed.filter(({ path }) => !refused.has(path));
  if (rest.length === 0 || (await prompts.yes(`Write ${rest.map(({ path }) => path).join(", ")}`, true))) return rest;
  throw new Failure("USAGE", "nothing was written, as you said");
}
