import { Option } from "commander";
import { type Define, example, list } from "./options.ts";

/** `waybill init`. */
export const initCommand: Define = (waybill, edge, done) => {
  example(
    waybill
      .command("init")
      .description("set a repository up: waybill.yaml, the workflow, the pinned waybill, make targets; asks what it cannot find out")
      .option("--repo <dir>", "a folder in the git repository", ".")
      .option("--image <name>", "the image's name in every registry; may be repeated, one for each --file", list)
      .option("--registry <host>", "the registry to deliver to; may be repeated, the first is the primary", list)
      .option("--role <arn>", "the role at AWS that the workflow signs in with, by OIDC")
      .option("--file <path>", "the Dockerfile, relative to the root; may be repeated for several images", list)
      .option("--context <dir>", "the build context, relative to the root")
      .option("--platform <platform>", "OS/ARCHITECTURE[/VARIANT]")
      .option("--branch <branch>", "a branch to publish, or a pattern like release/*; may be repeated", list)
      .addOption(
        new Option("--make <how>", "`write` targets, call the Makefile's `own`, or do with `none`").choices(["write", "own", "none"]),
      )
      .option("--no-make", "as --make none")
      .addOption(
        new Option(
          "--ci <service>",
          "whose workflow is written; `none` where the remote is a service's that does not run GitHub's",
        ).choices(["github", "none"]),
      )
      .addOption(
        new Option("--package-manager <name>", "whose cache the workflow keeps for make targets of one's own").choices([
          "npm",
          "yarn",
          "none",
        ]),
      )
      .option(
        "--package <spec>",
        "the waybill to pin: waybill@VERSION, a .tgz in the repository or its address; the one that runs unless given",
      )
      .option(
        "--infra",
        "write a CloudFormation template and Terraform too: repositories, lifecycle, OIDC provider, role; a folder per account",
      )
      .option("--yes", "ask nothing: take what was found, write new files, renew what init wrote before")
      .option("--force", "overwrite also what others wrote or changed")
      .option("--dry-run", "show what would change, and write nothing")
      .action(async (options) => done(await (await import("../commands/init.ts")).init(options, edge))),
    "waybill init",
    "waybill init --registry 123456789012.dkr.ecr.us-east-1.amazonaws.com --role arn:aws:iam::123456789012:role/publish --yes",
    "waybill init --file api/Dockerfile --file web/Dockerfile --registry ghcr.io --branch main --branch 'release/*' --dry-run",
  );
};
