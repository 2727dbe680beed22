import type { Answers } from "./answers.ts";
import { taken } from "./answers.ts";
import type { Found } from "./find.ts";
import { settingsPath } from "./render/settings.ts";
import { otherService } from "./service.ts";

const branchWords: Readonly<Record<Found["branchBy"], string>> = {
  remote: "the remote's default",
  name: "by its name; the remote's default is not known here",
  checkout: "the one that is checked out",
  guess: "as usual; nothing is checked out by a name",
};

/**
 * What was found in the repository, and what follows from it: what is taken without being asked for.
 * @param configured whether there is a waybill.yaml already, which then says what is published
 */
export function seen(found: Found, { file, ci }: Answers, configured: boolean): readonly string[] {
  const others = found.dockerfiles.filter((one) => !file?.includes(one));
  const service = otherService(found.remote?.host);
  const lines: readonly (readonly [string, string] | undefined)[] = [
    configured ? [settingsPath, "is here, and says what is published; flags change it"] : undefined,
    configured || file === undefined
      ? undefined
      : [
          "Dockerfile",
          `${file.join(", ")}${others.length === 0 ? "" : `; not ${few(others)}: --file and --image, once for each, take several`}`,
        ],
    configured ? undefined : ["branch", `${found.branch}, ${branchWords[found.branchBy]}`],
    found.remote === undefined ? undefined : ["remote", `${found.remote.host}/${found.remote.owner}/${found.remote.name}`],
    service !== undefined && ci === "none"
      ? ["workflow", `none: ${service} does not run GitHub's; --ci github writes it all the same`]
      : undefined,
    taken(found)
      ? [found.makefile.path, "has a push-ci or docker-validate of its own, which does not start waybill; --make says what becomes of it"]
      : undefined,
    found.ownTargets ? [found.makefile.path, "starts waybill itself; it is left alone"] : undefined,
  ];
  const told = lines.filter((line) => line !== undefined);
  const width = Math.max(...told.map(([name]) => name.length));
  return told.map(([name, words]) => `${name.padEnd(width)}  ${words}`);
}

/** The first few of many. */
function few(paths: readonly string[]): string {
  return `${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ` and ${paths.length - 3} more` : ""}`;
}
