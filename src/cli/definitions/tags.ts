import { type Define, example, outputOption, repositoryOptions } from "./options.ts";

/** `waybill tags`. */
export const tagsCommand: Define = (waybill, edge, done) => {
  example(
    repositoryOptions(waybill.command("tags").argument("[repository]", "list the tags of this HOST/REPOSITORY instead"))
      .description("show the image URIs that a commit or a version is published under, or list a repository's tags")
      .addOption(outputOption())
      .action(async (repository, options) => done(await (await import("../commands/tags.ts")).tags({ ...options, repository }, edge))),
    "waybill tags --to registry.example/team/app",
    "waybill tags --version v1.2.3 --no-latest",
    "waybill tags registry.example/team/app",
  );
};
