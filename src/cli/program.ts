import { Command, InvalidArgumentError, Option } from "commander";
import { version } from "../version.ts";
import type { Edge } from "./edge.ts";

const outputOption = () =>
  new Option("--output <format>", "how results are written to standard output").choices(["text", "json", "github"]).default("text");
const waitOption = (what: string) =>
  new Option("--wait <time>", `wait for ${what}, as long as 90s, 10m or 1h`).argParser((text) => {
    if (/^[1-9][0-9]{0,5}[smhd]$/.test(text)) return text;
    throw new InvalidArgumentError("It takes a time like 90s, 10m or 1h.");
  });
const list = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** Hears a command's exit code. */
type Done = (exitCode: number) => void;

/**
 * The command line. A command's own code is loaded when it is run.
 * @param named the first word of the command line: of a command only that one is made ready, which takes a third of the time
 */
export function program(edge: Edge, done: Done, named = ""): Command {
  const waybill = new Command("waybill")
    .description(
      "Publishes exactly one container image per git commit: built once, stamped, checked before any tag moves, delivered everywhere.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .configureOutput({ writeOut: (text) => void edge.stdout.write(text), writeErr: () => {} })
    .exitOverride()
    .showSuggestionAfterError();
  const only = Object.hasOwn(commands, named) ? commands[named] : undefined;
  for (const add of only === undefined ? Object.values(commands) : [only]) add(waybill, edge, done);
  return waybill;
}

/** Each command with its options, help and examples, by its name. */
const commands: Readonly<Record<string, (waybill: Command, edge: Edge, done: Done) => void>> = {
  publish: (waybill, edge, done) => {
    example(
      repositoryOptions(waybill.command("publish").alias("push"))
        .description("publish the commit's image: survey, build, deliver by digest, check, tag, record")
        .option("--dry-run", "survey the destinations and show what would happen, then stop")
        .option("--adopt", "accept an image without a revision label under the release tag as this commit's")
        .option(
          "--latest <policy>",
          "`forward` (as usual), `adopt` to take over a latest that names no commit of this history, `always` to follow a rewritten branch too",
        )
        .option("--explain", "show where each value of the configuration came from")
        .option("--verbose", "show details")
        .addOption(outputOption())
        .action(async (options) => done(await (await import("./commands/publish.ts")).publish(options, edge))),
      "waybill publish",
      "waybill publish --to registry.example/team/app --file docker/Dockerfile",
      "waybill publish --commit 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 --dry-run",
    );
  },
  plan: (waybill, edge, done) => {
    example(
      repositoryOptions(waybill.command("plan"))
        .description("show what publish would do: destinations, tags, engine and why, content key; asks no destination")
        .option("--key", "show the content key and all that it is made of")
        .addOption(outputOption())
        .action(async (options) => done(await (await import("./commands/plan.ts")).plan(options, edge))),
      "waybill plan",
      "waybill plan --key --output json",
    );
  },
  "why-rebuilt": (waybill, edge, done) => {
    example(
      repositoryOptions(waybill.command("why-rebuilt").argument("<before>", "a commit").argument("<after>", "a later commit"), false)
        .description("show what goes into the second commit's image and not into the first's, file by file")
        .addOption(outputOption())
        .action(async (before, after, options) =>
          done(await (await import("./commands/why-rebuilt.ts")).why({ ...options, before, after }, edge)),
        ),
      "waybill why-rebuilt 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 8d1f5f8d0c3b7a9e1f2a4b6c8d0e2f4a6b8c0d1e",
    );
  },
  promote: (waybill, edge, done) => {
    example(
      repositoryOptions(
        waybill.command("promote").argument("<sha>", "the commit, by its full name").argument("<tags...>", "versions, or tags that move"),
        false,
      )
        .description("give a commit's published image further tags, or bring it to further places; never builds")
        .addOption(waitOption("an image that is not published yet"))
        .addOption(outputOption())
        .action(async (sha, tags, options) =>
          done(await (await import("./commands/promote.ts")).promoteImage({ ...options, sha, tags }, edge)),
        ),
      "waybill promote 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 v1.2.3",
      "waybill promote 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 v1.2.3 stable --to public.example/team/app --wait 10m",
    );
  },
  "verify-fleet": (waybill, edge, done) => {
    example(
      repositoryOptions(waybill.command("verify-fleet"))
        .description("check that a commit is one digest at every destination; exit code 4 where one has drifted")
        .addOption(waitOption("what is missing, as replication takes its time"))
        .addOption(outputOption())
        .action(async (options) => done(await (await import("./commands/verify-fleet.ts")).fleet(options, edge))),
      "waybill verify-fleet --wait 5m",
    );
  },
  tags: (waybill, edge, done) => {
    example(
      repositoryOptions(waybill.command("tags").argument("[repository]", "list the tags of this HOST/REPOSITORY instead"))
        .description("show the image URIs that the commit is published under, or list a repository's tags")
        .addOption(outputOption())
        .action(async (repository, options) => done(await (await import("./commands/tags.ts")).tags({ ...options, repository }, edge))),
      "waybill tags --to registry.example/team/app",
      "waybill tags registry.example/team/app",
    );
  },
  info: (waybill, edge, done) => {
    example(
      registryOptions(waybill.command("info").argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]"))
        .description("show an image: digests, platforms, commit, layers, records")
        .addOption(outputOption())
        .action(async (image, options) => done(await (await import("./commands/info.ts")).info({ ...options, image }, edge))),
      "waybill info registry.example/team/app:latest",
      "waybill info oci:build/image --output json",
    );
  },
  validate: (waybill, edge, done) => {
    example(
      registryOptions(waybill.command("validate").argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]"))
        .description("check an image where it is: platform, commit, layers, program; exit code 3 where it is wrong")
        .option("--platform <platform>", "the platform that it must have", "linux/amd64")
        .option("--commit <sha>", "the commit that it must name; a tag that is a full SHA is one unless given")
        .addOption(outputOption())
        .action(async (image, options) => done(await (await import("./commands/validate.ts")).validateImage({ ...options, image }, edge))),
      "waybill validate registry.example/team/app:5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12",
      "waybill validate registry.example/team/app:latest --platform linux/arm64",
    );
  },
  copy: (waybill, edge, done) => {
    example(
      registryOptions(waybill.command("copy").argument("<source>").argument("<destination>"))
        .description("copy an image between registries and OCI layouts: HOST/REPOSITORY:TAG, …@DIGEST or oci:DIR[:TAG]")
        .addOption(outputOption())
        .action(async (source, destination, options) =>
          done(await (await import("./commands/copy.ts")).copyImage({ ...options, source, destination }, edge)),
        ),
      "waybill copy registry.example/team/app:latest oci:backup:latest",
      "waybill copy oci:backup:latest other.example/team/app:latest",
    );
  },
  registry: (waybill, edge, done) => {
    const registry = waybill.command("registry").description("the embedded OCI registry");
    example(
      registry
        .command("serve")
        .description("serve an OCI registry until it is interrupted; prints its address when it is ready")
        .option("--listen <address>", "HOST:PORT to listen on; port 0 takes a free one", "127.0.0.1:5000")
        .option("--root <dir>", "keep images in this folder")
        .option("--memory", "keep images in memory")
        .option("--immutable", "refuse to move tags, as ECR does")
        .option("--mutable-tag <tag>", "a tag (or a pattern with *) that may move all the same", list)
        .option("--read-only", "refuse whatever would change something")
        .option("--user <name>", "the user that may sign in; the password is read from WAYBILL_REGISTRY_PASSWORD")
        .option("--tls-cert <path>", "PEM file of the certificate chain to serve HTTPS with")
        .option("--tls-key <path>", "PEM file of the certificate's key")
        .option("--verbose", "show every request")
        .action(async (options) => done(await (await import("./commands/registry.ts")).serve(options, edge))),
      "waybill registry serve --memory",
      "waybill registry serve --root registry --immutable --mutable-tag latest",
    );
    example(
      registry
        .command("gc")
        .description("remove what no manifest names from a registry's folder, also while it is served")
        .requiredOption("--root <dir>", "the folder")
        .option("--older-than <age>", "leave what came or was asked for since: minutes, hours or days", "1h")
        .option("--dry-run", "only count")
        .addOption(outputOption())
        .action(async (options) => done(await (await import("./commands/registry.ts")).collect(options, edge))),
      "waybill registry gc --root registry",
      "waybill registry gc --root registry --older-than 7d --dry-run",
    );
  },
  demo: (waybill, edge, done) => {
    example(
      waybill
        .command("demo")
        .description("publish this checkout's examples/hello to a registry of its own, and show what happens then")
        .action(async () => done(await (await import("./commands/demo.ts")).demo({}, edge))),
      "waybill demo",
    );
  },
};

function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
}

/** Options of the commands that look at a git repository. */
function repositoryOptions(command: Command, commit = true): Command {
  registryOptions(command).option("--repo <dir>", "a folder in the git repository", ".");
  if (commit) command.option("--commit <sha>", "the commit, by its full name; the CI's own or HEAD unless given");
  return command
    .option("--to <repository>", "HOST/REPOSITORY to deliver to; may be repeated, the first is the primary", list)
    .option("--file <path>", "the Dockerfile, relative to the repository's root")
    .option("--context <dir>", "the build context, relative to the repository's root")
    .option("--platform <platform>", "OS/ARCHITECTURE[/VARIANT]")
    .addOption(new Option("--engine <engine>", "what builds").choices(["auto", "assemble", "buildx", "buildah"]))
    .option("--image <name>", "only this image of a configuration with several; may be repeated", list)
    .option("--no-reuse", "build even where an ancestor has the same content")
    .option("--no-latest", "leave latest and the other moving tags alone");
}

/** Options of the commands that talk to registries. */
function registryOptions(command: Command): Command {
  return command
    .option("--ca-file <path>", "PEM file of further certificate authorities")
    .option("--skip-auth", "use docker's configuration only, no sign-in of waybill's own");
}
