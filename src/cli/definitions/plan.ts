import { type Define, example, outputOption, repositoryOptions, smokeOptions } from "./options.ts";

/** `waybill plan`. */
export const planCommand: Define = (waybill, edge, done) => {
  example(
    smokeOptions(repositoryOptions(waybill.command("plan")))
      .description(
        "show what publish would do: destinations, tags, engine and why, content key; and, from what each destination holds, which tags would be created, moved or kept",
      )
      .option("--offline", "ask no destination")
      .option("--key", "show the content key and all that it is made of")
      .addOption(outputOption())
      .action(async (options) => done(await (await import("../commands/plan.ts")).plan(options, edge))),
    "waybill plan",
    "waybill plan --key --output json",
  );
};
