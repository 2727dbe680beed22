import { type Define, destinationOptions, example, registryOptions, smokeOptions } from "./options.ts";

/** `waybill doctor`. */
export const doctorCommand: Define = (waybill, edge, done) => {
  example(
    smokeOptions(destinationOptions(registryOptions(waybill.command("doctor"))))
      .description("look whether publishing from here would succeed, and say how to mend what would not; changes nothing")
      .option("--repo <dir>", "a folder in the git repository", ".")
      .option("--trust-policy <file>", "the role's trust policy, or the template that it stands in, to hold against this repository")
      .option("--json", "write the findings as JSON")
      .action(async (options) => done(await (await import("../commands/doctor.ts")).doctor(options, edge))),
    "waybill doctor",
    "waybill doctor --trust-policy infra/123456789012/cloudformation.yaml --json",
  );
};
