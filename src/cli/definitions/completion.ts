import { Argument } from "commander";
import { type Define, example } from "./options.ts";

/** `waybill completion`. */
export const completionCommand: Define = (waybill, edge, done) => {
  example(
    waybill
      .command("completion")
      .addArgument(new Argument("<shell>", "the shell that is to complete").choices(["bash", "zsh", "fish"]))
      .description("print the script that lets a shell complete commands, options, their values, files, commits and tags")
      .action(async (shell) => done(await (await import("../commands/completion.ts")).completion({ shell, waybill }, edge))),
    "waybill completion bash > ~/.local/share/bash-completion/completions/waybill",
    "waybill completion zsh > ~/.zfunc/_waybill",
    "waybill completion fish > ~/.config/fish/completions/waybill.fish",
  );
};
