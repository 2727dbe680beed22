import { type Kind, kinds } from "../../config/index.ts";
import { type Answers, answered, type Found, type Given, missing, taken } from "../../scaffold/index.ts";
import { registryHost } from "./given.ts";
import type { Prompts } from "./prompts.ts";

/** One question whose answer is of a kind. */
type One = (question: string, suggested: string | undefined, kind: Kind) => Promise<string>;

/** Asks for what was not said: the Dockerfile where there are several, image, registry, role, branches. */
export async function ask(given: Given, found: Found, prompts: Prompts): Promise<Answers> {
  let known = given;
  const say = (more: Given): Answers => {
    known = { ...known, ...more };
    return answered(known, found);
  };
  const one: One = async (question, suggested, kind) =>
    await prompts.text(question, suggested, (answer) => (kind.parse(answer) === undefined ? `expected ${kind.expected}` : undefined));
  let answers = say({});
  if (given.file === undefined) answers = say({ file: await filesOf(found, prompts, one) });
  if (given.image === undefined) answers = say({ image: await images(answers, one) });
  if (given.registry === undefined) {
    answers = say({
      registry: [await one("Registry, like 123456789012.dkr.ecr.us-east-1.amazonaws.com or ghcr.io", undefined, registryHost)],
    });
  }
  if (missing(answers).includes("--role")) {
    answers = say({
      role: await one("Role at AWS that the workflow signs in with, arn:aws:iam::ACCOUNT:role/NAME", undefined, kinds.role),
    });
  }
  if (given.branch === undefined) {
    const branches = await prompts.text("Branches to publish, patterns like release/* too", found.branch, (answer) =>
      words(answer).every((word) => kinds.branchPattern.parse(word) !== undefined) ? undefined : `expected ${kinds.branchPattern.expected}`,
    );
    answers = say({ branch: words(branches) });
  }
  if (given.make === undefined && taken(found)) {
    const choices = [
      "leave it alone: the workflow runs waybill without make",
      "call it: it is to publish, and to write the outputs, by itself",
    ];
    const chosen = await prompts.choice(`${found.makefile.path} has a push-ci or docker-validate of its own.`, choices);
    answers = say({ make: chosen === choices[0] ? "none" : "own" });
  }
  return answers;
}

async function filesOf({ dockerfiles }: Found, prompts: Prompts, one: One): Promise<readonly string[]> {
  const [first, ...others] = dockerfiles;
  if (first === undefined) return [await one("Dockerfile, relative to the root; none was found", undefined, kinds.path)];
  if (others.length === 0) return [first];
  const all = "all of these, an image each";
  const chosen = await prompts.choice("Dockerfile to build", [...dockerfiles, all]);
  return chosen === all ? dockerfiles : [chosen];
}

async function images({ image }: Answers, one: One): Promise<readonly string[]> {
  if (image === undefined || image.length === 1) return [await one("Image, its name in every registry", image?.[0], kinds.repository)];
  const all: string[] = [];
  for (const suggested of image) all.push(await one("Image, its name in every registry", suggested, kinds.repository));
  return all;
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
