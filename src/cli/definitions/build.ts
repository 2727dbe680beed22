import { Option } from "commander";
import { type Define, example, list, outputOption, registryOptions } from "./options.ts";

/** `waybill build`. */
export const buildCommand: Define = (waybill, edge, done) => {
  example(
    registryOptions(waybill.command("build"))
      .description(
        "build the image from the checkout, edits and new files too, for local use: into docker, podman or nerdctl, a folder or an archive; never writes to a registry",
      )
      .option("--repo <dir>", "a folder in the git repository", ".")
      .option("--load", "load it into the runtime; what happens without --save")
      .addOption(
        new Option("--runtime <runtime>", "what to load it into; the first that works unless given").choices([
          "docker",
          "podman",
          "nerdctl",
        ]),
      )
      .option("--save <path>", "write it as an OCI layout into a folder, or as one archive where the path ends in .tar")
      .option("--tag <tag>", "local, or dev-…: what the image is tagged with (default: local)")
      .option("--version <tag>", "the same, as older tools call it")
      .option("--image <name>", "only this image of a configuration with several; may be repeated", list)
      .option("--file <path>", "the Dockerfile, relative to the repository's root")
      .option("--context <dir>", "the build context, relative to the repository's root")
      .addOption(new Option("--engine <engine>", "what builds").choices(["auto", "assemble", "buildx", "buildah"]))
      .option("--platform <platform>", "OS/ARCHITECTURE[/VARIANT]")
      .option("--arch-suffix", "end the tag in the architecture: local-amd64")
      .option("--no-arch-suffix", "a tag without the architecture, as usual")
      .option("--no-latest", "as ever: what is built from a checkout is never latest")
      .option("--explain", "show where each value of the configuration came from")
      .option("--dry-run", "show what would be built, and build nothing")
      .option("--verbose", "show details")
      .addOption(outputOption())
      .action(async (options) => done(await (await import("../commands/build.ts")).build(options, edge))),
    "waybill build",
    "waybill build --platform linux/arm64 --tag dev-experiment",
    "waybill build --save app.tar",
  );
};
