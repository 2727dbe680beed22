import { type Define, example, outputOption, repositoryOptions } from "./options.ts";

/** `waybill why-rebuilt`. */
export const whyRebuiltCommand: Define = (waybill, edge, done) => {
  example(
    repositoryOptions(waybill.command("why-rebuilt").argument("<before>", "a commit").argument("<after>", "a later commit"), false)
      .description("show what goes into the second commit's image and not into the first's, file by file")
      .addOption(outputOption())
      .action(async (before, after, options) =>
        done(await (await import("../commands/why-rebuilt.ts")).why({ ...options, before, after }, edge)),
      ),
    "waybill why-rebuilt 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 8d1f5f8d0c3b7a9e1f2a4b6c8d0e2f4a6b8c0d1e",
  );
};
