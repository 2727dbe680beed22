import { type Define, example, outputOption, registryOptions } from "./options.ts";

/** `waybill copy`. */
export const copyCommand: Define = (waybill, edge, done) => {
  example(
    registryOptions(waybill.command("copy").argument("<source>").argument("<destination>"))
      .description("copy an image between registries and OCI layouts: HOST/REPOSITORY:TAG, …@DIGEST or oci:DIR[:TAG]")
      .addOption(outputOption())
      .action(async (source, destination, options) =>
        done(await (await import("../commands/copy.ts")).copyImage({ ...options, source, destination }, edge)),
      ),
    "waybill copy registry.example/team/app:latest oci:backup:latest",
    "waybill copy oci:backup:latest other.example/team/app:latest",
  );
};
