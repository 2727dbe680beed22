import { type Define, example, outputOption, repositoryOptions, waitOption } from "./options.ts";

/** `waybill verify-fleet`. */
export const verifyFleetCommand: Define = (waybill, edge, done) => {
  example(
    repositoryOptions(waybill.command("verify-fleet"))
      .description("check that a commit is one digest at every destination; exit code 4 where one has drifted")
      .addOption(waitOption("what is missing, as replication takes its time"))
      .addOption(outputOption())
      .action(async (options) => done(await (await import("../commands/verify-fleet.ts")).fleet(options, edge))),
    "waybill verify-fleet --wait 5m",
  );
};
