import type { Command } from "commander";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { type Place, placesOf } from "../completion/places.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { print, type Run } from "../edge.ts";

export interface CompletionOptions {
  readonly shell: "bash" | "zsh" | "fish";
  /** The whole command line. */
  readonly waybill: Command;
}

const scripts: Readonly<Record<CompletionOptions["shell"], (places: readonly Place[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `waybill completion`: prints the script that teaches a shell the command line. */
export const completion: Run<CompletionOptions> = async ({ shell, waybill }, edge) => {
  await print(edge, scripts[shell](placesOf(waybill)));
  return 0;
};
