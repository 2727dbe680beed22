import { commitOptions, type Define, destinationOptions, example, outputOption, registryOptions } from "./options.ts";

/** `waybill info`. */
export const infoCommand: Define = (waybill, edge, done) => {
  const info = waybill.command("info").argument("[image]", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]");
  example(
    destinationOptions(commitOptions(registryOptions(info)))
      .description("show an image: digests, platforms, commit, layers, records; without IMAGE, the URI that the commit or version has")
      .option("--repo <dir>", "a folder in the git repository", ".")
      .addOption(outputOption())
      .action(async (reference, options) => done(await (await import("../commands/info.ts")).info({ ...options, reference }, edge))),
    "waybill info registry.example/team/app:latest",
    "waybill info oci:build/image --output json",
    "waybill info --version v1.2.3",
  );
};
