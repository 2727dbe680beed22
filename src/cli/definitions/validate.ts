import { commitOptions, type Define, destinationOptions, example, outputOption, registryOptions } from "./options.ts";

/** `waybill validate`. */
export const validateCommand: Define = (waybill, edge, done) => {
  const validate = waybill.command("validate").argument("[image]", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]");
  example(
    destinationOptions(commitOptions(registryOptions(validate)))
      .description(
        "check an image where it is: platform, commit, layers, program; exit code 3 where it is wrong; without IMAGE, what the commit or version is published as, at every destination",
      )
      .option("--repo <dir>", "a folder in the git repository", ".")
      .addOption(outputOption())
      .action(async (reference, options) =>
        done(await (await import("../commands/validate.ts")).validateImage({ ...options, reference }, edge)),
      ),
    "waybill validate registry.example/team/app:5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12",
    "waybill validate registry.example/team/app:latest --platform linux/arm64",
    "waybill validate --version v1.2.3",
  );
};
