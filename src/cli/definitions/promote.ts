import { type Define, example, outputOption, repositoryOptions, waitOption } from "./options.ts";

/** `waybill promote`. */
export const promoteCommand: Define = (waybill, edge, done) => {
  example(
    repositoryOptions(
      waybill.command("promote").argument("<sha>", "the commit, by its full name").argument("<tags...>", "versions, or tags that move"),
      false,
    )
      .description("give a commit's published image further tags, or bring it to further places; never builds")
      .addOption(waitOption("an image that is not published yet"))
      .addOption(outputOption())
      .action(async (sha, tags, options) =>
        done(await (await import("../commands/promote.ts")).promoteImage({ ...options, sha, tags }, edge)),
      ),
    "waybill promote 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 v1.2.3",
    "waybill promote 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 v1.2.3 stable --to public.example/team/app --wait 10m",
  );
};
