import { type Define, example, outputOption, registryOptions } from "./options.ts";

/** `waybill info`. */
export const infoCommand: Define = (waybill, edge, done) => {
  example(
    registryOptions(waybill.command("info").argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]"))
      .description("show an image: digests, platforms, commit, layers, records")
      .addOption(outputOption())
      .action(async (image, options) => done(await (await import("../commands/info.ts")).info({ ...options, image }, edge))),
    "waybill info registry.example/team/app:latest",
    "waybill info oci:build/image --output json",
  );
};
