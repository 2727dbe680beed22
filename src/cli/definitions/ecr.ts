import { type Define, destinationOptions, example } from "./options.ts";

/** `waybill ecr`. */
export const ecrCommand: Define = (waybill, edge, done) => {
  const ecr = waybill.command("ecr").description("repositories at Amazon ECR");
  example(
    destinationOptions(ecr.command("create"))
      .description("make the repositories of the destinations at ECR, with the settings that publishing wants; shows what differs")
      .option("--repo <dir>", "a folder in the git repository", ".")
      .option("--public-read", "let everybody read the images")
      .option("--as-role", "act with the destinations' roles instead of the environment's identity")
      .option("--apply", "change also the settings of repositories that are there")
      .option("--dry-run", "show what would be done, and change nothing")
      .action(async (options) => done(await (await import("../commands/ecr.ts")).ecrCreate(options, edge))),
    "waybill ecr create --dry-run",
    "waybill ecr create --public-read",
  );
};
