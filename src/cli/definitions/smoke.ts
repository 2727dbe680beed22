import { Option } from "commander";
import { type Define, example, list, outputOption, registryOptions, timeArgument } from "./options.ts";

/** `waybill smoke`. */
export const smokeCommand: Define = (waybill, edge, done) => {
  example(
    registryOptions(waybill.command("smoke").argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST] or oci:DIR[:TAG]; with --local a name"))
      .description(
        "start an image with docker, podman or nerdctl, and look whether it comes up: by its HEALTHCHECK, with --http, or by staying up; exit code 3 where it does not",
      )
      .option("--http <url-path>", "ask for this path over HTTP until it answers, instead of running the HEALTHCHECK")
      .option("--status <codes>", "answers that count, as 200 or 200,301-302 (default: 200-399)")
      .option("--port <port>", "the port to ask at, where the image does not expose exactly one")
      .option("--env <variable>", "NAME=VALUE for the container, or NAME for this environment's; may be repeated", list)
      .option(
        "--timeout <time>",
        "how long it may take to come up, as 90s or 5m (default: as long as its HEALTHCHECK allows, 60s over HTTP); without either, how long it has to stay up (default: 5s)",
        timeArgument,
      )
      .option("--network", "give the container a network; without it only one that is asked over HTTP has one")
      .option("--platform <platform>", "OS/ARCHITECTURE[/VARIANT], of an image with several")
      .addOption(
        new Option("--runtime <runtime>", "what runs it; the first that works unless given").choices(["docker", "podman", "nerdctl"]),
      )
      .option("--local", "IMAGE is one that the runtime has, not a registry")
      .addOption(outputOption())
      .action(async (reference, options) => done(await (await import("../commands/smoke.ts")).smokeImage({ ...options, reference }, edge))),
    "waybill smoke registry.example/team/app:latest",
    "waybill smoke registry.example/team/app:latest --http /health --status 200",
    "waybill smoke app:dev --local --env LOG_LEVEL=debug --timeout 2m",
  );
};
