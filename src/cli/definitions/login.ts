import { caFileOption, type Define, example, outputOption, placeOptions } from "./options.ts";

/** `waybill login`. */
export const loginCommand: Define = (waybill, edge, done) => {
  const login = waybill
    .command("login")
    .argument("[registry...]", "HOST or HOST/REPOSITORY; those of the configured destinations unless given");
  example(
    placeOptions(login)
      .description("sign in at registries for other tools: keeps what docker, crane, skopeo and others read in docker's configuration")
      .option("--repo <dir>", "a folder in the git repository", ".")
      .option("--username <name>", "the user to sign in as, at registries other than ECR")
      .option("--password-stdin", "read the password from standard input")
      .addOption(caFileOption())
      .addOption(outputOption())
      .action(async (registries, options) => done(await (await import("../commands/login.ts")).login({ ...options, registries }, edge))),
    "waybill login",
    "waybill login 123456789012.dkr.ecr.us-east-1.amazonaws.com",
    "waybill login ghcr.io --username octocat --password-stdin < token.txt",
  );
};
