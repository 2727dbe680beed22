import { type Define, example, list, outputOption } from "./options.ts";

/** `waybill registry`. */
export const registryCommand: Define = (waybill, edge, done) => {
  const registry = waybill.command("registry").description("the embedded OCI registry");
  example(
    registry
      .command("serve")
      .description("serve an OCI registry until it is interrupted; prints its address when it is ready")
      .option("--listen <address>", "HOST:PORT to listen on; port 0 takes a free one", "127.0.0.1:5000")
      .option("--root <dir>", "keep images in this folder")
      .option("--memory", "keep images in memory")
      .option("--immutable", "refuse to move tags, as ECR does")
      .option("--mutable-tag <tag>", "a tag (or a pattern with *) that may move all the same", list)
      .option("--read-only", "refuse whatever would change something")
      .option("--user <name>", "the user that may sign in; the password is read from WAYBILL_REGISTRY_PASSWORD")
      .option("--tls-cert <path>", "PEM file of the certificate chain to serve HTTPS with")
      .option("--tls-key <path>", "PEM file of the certificate's key")
      .option("--verbose", "show every request")
      .action(async (options) => done(await (await import("../commands/registry.ts")).serve(options, edge))),
    "waybill registry serve --memory",
    "waybill registry serve --root registry --immutable --mutable-tag latest",
  );
  example(
    registry
      .command("gc")
      .description("remove what no manifest names from a registry's folder, also while it is served")
      .requiredOption("--root <dir>", "the folder")
      .option("--older-than <age>", "leave what came or was asked for since: minutes, hours or days", "1h")
      .option("--dry-run", "only count")
      .addOption(outputOption())
      .action(async (options) => done(await (await import("../commands/registry.ts")).collect(options, edge))),
    "waybill registry gc --root registry",
    "waybill registry gc --root registry --older-than 7d --dry-run",
  );
};
