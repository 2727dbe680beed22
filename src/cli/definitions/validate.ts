import { type Define, example, outputOption, registryOptions } from "./options.ts";

/** `waybill validate`. */
export const validateCommand: Define = (waybill, edge, done) => {
  example(
    registryOptions(waybill.command("validate").argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]"))
      .description("check an image where it is: platform, commit, layers, program; exit code 3 where it is wrong")
      .option("--platform <platform>", "the platform that it must have", "linux/amd64")
      .option("--commit <sha>", "the commit that it must name; a tag that is a full SHA is one unless given")
      .addOption(outputOption())
      .action(async (image, options) => done(await (await import("../commands/validate.ts")).validateImage({ ...options, image }, edge))),
    "waybill validate registry.example/team/app:5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12",
    "waybill validate registry.example/team/app:latest --platform linux/arm64",
  );
};
