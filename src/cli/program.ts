import { Command } from "commander";
import { version } from "../version.ts";
import { buildCommand } from "./definitions/build.ts";
import { completionCommand } from "./definitions/completion.ts";
import { copyCommand } from "./definitions/copy.ts";
import { demoCommand } from "./definitions/demo.ts";
import { doctorCommand } from "./definitions/doctor.ts";
import { ecrCommand } from "./definitions/ecr.ts";
import { infoCommand } from "./definitions/info.ts";
import { initCommand } from "./definitions/init.ts";
import { loginCommand } from "./definitions/login.ts";
import type { Define, Done } from "./definitions/options.ts";
import { planCommand } from "./definitions/plan.ts";
import { promoteCommand } from "./definitions/promote.ts";
import { publishCommand } from "./definitions/publish.ts";
import { registryCommand } from "./definitions/registry.ts";
import { smokeCommand } from "./definitions/smoke.ts";
import { tagsCommand } from "./definitions/tags.ts";
import { validateCommand } from "./definitions/validate.ts";
import { verifyFleetCommand } from "./definitions/verify-fleet.ts";
import { whyRebuiltCommand } from "./definitions/why-rebuilt.ts";
import type { Edge } from "./edge.ts";

/**
 * The command line. A command's own code is loaded when it is run.
 * @param named the first word of the command line: of a command only that one is made ready, which takes a third of the time
 */
export function program(edge: Edge, done: Done, named = ""): Command {
  const waybill = new Command("waybill")
    .description(
      "Publishes exactly one container image per git commit: built once, stamped, checked before any tag moves, delivered everywhere.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .configureOutput({ writeOut: (text) => void edge.stdout.write(text), writeErr: () => {} })
    .exitOverride()
    // Only before the command's name is --version this program's; after it, it is the image's.
    .enablePositionalOptions()
    .showSuggestionAfterError();
  // Completion tells of all commands.
  const only = Object.hasOwn(commands, named) && named !== "completion" ? commands[named] : undefined;
  for (const add of only === undefined ? Object.values(commands) : [only]) add(waybill, edge, done);
  return waybill;
}

/** Each command by its name, in the order of the help. */
const commands: Readonly<Record<string, Define>> = {
  init: initCommand,
  doctor: doctorCommand,
  login: loginCommand,
  publish: publishCommand,
  build: buildCommand,
  plan: planCommand,
  "why-rebuilt": whyRebuiltCommand,
  promote: promoteCommand,
  "verify-fleet": verifyFleetCommand,
  tags: tagsCommand,
  info: infoCommand,
  validate: validateCommand,
  smoke: smokeCommand,
  copy: copyCommand,
  ecr: ecrCommand,
  registry: registryCommand,
  demo: demoCommand,
  completion: completionCommand,
};
