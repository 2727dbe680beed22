import { type RawEntry, rawTar } from "../../support/base-image.ts";
import type { AssembleCase } from "./assemble-cases.ts";
import { type Choice, choiceOf } from "./assemble-generated.ts";

const names = ["a", "b", "c", "in/a", "in/b", "in-b/a", "in/deep/c"];

/** A build that is made up: archives that are unpacked over each other, with many hard links, and what is copied out of that. */
export async function generatedLinks(seed: number): Promise<AssembleCase> {
  const choose = choiceOf(seed);
  const added = Array.from({ length: 1 + choose.below(3) }, (_, at) => `${at}.tar`);
  const files: Record<string, string | Uint8Array> = { "a.txt": "a" };
  for (const [at, name] of added.entries()) files[name] = await someArchive(choose, at);
  const instructions = choose.maybe(0.4) ? [`ADD ${added.join(" ")} /x/`] : added.map((name) => `ADD ${owner(choose)}${name} /x/`);
  if (choose.maybe(0.3)) instructions.push(`COPY a.txt /x/${choose.of(names)}`);
  const copies = Array.from({ length: choose.below(4) }, (_, at) => copy(choose, at));
  return {
    name: `hard links made up from ${seed}`,
    dockerfile: ["FROM scratch AS a", ...instructions, `FROM ${choose.of(["scratch", "linked", "a"])}`, "COPY a.txt /", ...copies, ""].join(
      "\n",
    ),
    files,
  };
}

function owner(choose: Choice): string {
  return choose.maybe(0.2) ? "--chown=3:4 " : "";
}

async function someArchive(choose: Choice, number: number): Promise<Uint8Array> {
  const entries: RawEntry[] = [];
  const there: string[] = [];
  for (let left = 3 + choose.below(8); left > 0; left--) {
    const name = choose.of(names);
    // No two entries have one time: BuildKit leaves out of a layer what is as it was, its time too.
    const more = {
      mtime: new Date((1 + number * 100 + left) * 1000),
      mode: choose.of([0o644, 0o644, 0o600, 0o4755]),
      uid: choose.of([0, 0, 5]),
    };
    const kind = choose.below(10);
    const others = there.filter((one) => one !== name);
    if (kind < 3 || others.length === 0) entries.push({ name, content: `${number} ${left}`, ...more });
    else if (kind < 4)
      entries.push({ name, type: choose.of(["fifo", "symlink"]), linkname: choose.of(["a", "in", "/in/a", "nowhere"]), ...more });
    else
      entries.push({
        name,
        type: "link",
        linkname: choose.maybe(0.97) ? choose.of(others) : choose.of(["c", "../a", "in", name]),
        ...more,
      });
    there.push(name);
  }
  return await rawTar(entries);
}

function copy(choose: Choice, at: number): string {
  const sources = choose.of(["/x/", "/x/", "/x/*", "/x/[a-c]", "/x/a", "/x/in*", "/x/in*/*", "/x/i* /x/a*"]);
  const flags = [
    "--from=a",
    ...(choose.maybe(0.2) ? ["--link"] : []),
    ...(choose.maybe(0.2) ? ["--chown=7:8"] : []),
    ...(choose.maybe(0.2) ? [`--chmod=${choose.of(["640", "u+x,go-r"])}`] : []),
    ...(choose.maybe(0.15) ? ["--parents"] : []),
    ...(choose.maybe(0.15) ? [`--exclude=${choose.of(["in/a", "in/b", "deep/c"])}`] : []),
  ];
  // Nothing is copied to where it is already: BuildKit would leave it out.
  return `COPY ${flags.join(" ")} ${sources} ${at === 0 ? choose.of(["/y/", "/d/"]) : `/${at}/`}`;
}
