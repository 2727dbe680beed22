import { Option } from "commander";
import { type Define, example, outputOption, repositoryOptions, smokeOptions } from "./options.ts";

/** `waybill publish`. */
export const publishCommand: Define = (waybill, edge, done) => {
  example(
    smokeOptions(repositoryOptions(waybill.command("publish").alias("push")))
      .description("publish the commit's image: survey, build, deliver by digest, check, tag, record")
      .option("--dry-run", "survey the destinations and show what would happen, then stop")
      .option("--adopt", "accept an image without a revision label under the release tag as this commit's")
      .addOption(
        new Option(
          "--latest <policy>",
          "`forward` (as usual), `adopt` to take over a latest that names no commit of this history, `always` to follow a rewritten branch too, `never` to leave it as it is",
        ).choices(["forward", "adopt", "always", "never"]),
      )
      .option(
        "--every-commit [range]",
        "publish every commit that the push brought to its branch, oldest first; or those of a range BEFORE..AFTER, by full names",
      )
      .option("--no-every-commit", "publish one commit, whatever the configuration says")
      .addOption(
        new Option("--record <where>", "write publications down there too: as deployments and storage records of GitHub").choices([
          "github",
        ]),
      )
      .option("--verbose", "show details")
      .addOption(outputOption())
      .action(async (options) => done(await (await import("../commands/publish.ts")).publish(options, edge))),
    "waybill publish",
    "waybill publish --to registry.example/team/app --file docker/Dockerfile",
    "waybill publish --every-commit --dry-run",
    "waybill publish --commit 5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12 --dry-run",
  );
};
