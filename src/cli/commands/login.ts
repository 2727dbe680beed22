import { type Failure, partFailure, worstExit } from "../../failure/index.ts";
import { failureText } from "../../report/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { givenCredentials } from "../login/given.ts";
import { loginPlaces } from "../login/places.ts";
import { ecrSignInAt, type SignedIn, signInAt } from "../login/sign-in.ts";
import type { RepositoryOptions } from "../settings.ts";

export interface LoginOptions extends RepositoryOptions {
  /** HOST or HOST/REPOSITORY; those of the configuration's destinations unless given. */
  readonly registries: readonly string[];
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly output: Output;
}

/** `waybill login`: signs in at registries for other tools, through docker's configuration. A registry that fails stops no other. */
export const login: Run<LoginOptions> = async (options, edge) => {
  const { places, connections } = await loginPlaces(options, edge);
  const given = await givenCredentials(options, places, edge);
  const failures: Failure[] = [];
  const done = await listening(listen(edge, options), async (emit) => {
    const found: SignedIn[] = [];
    const ecr = ecrSignInAt(places, edge, emit);
    for (const place of places) {
      try {
        found.push(await signInAt(place, { ecr, given, connections, edge, emit }));
      } catch (thrown) {
        failures.push(partFailure(thrown, edge.signal));
      }
    }
    return found;
  });
  await show(done, options.output, edge);
  for (const failure of failures) edge.stderr.write(`${failureText(failure)}\n`);
  return worstExit(failures.map(({ exitCode }) => exitCode));
};

async function show(done: readonly SignedIn[], output: Output, edge: Edge): Promise<void> {
  if (output === "json") await print(edge, JSON.stringify(done, null, 2));
  else if (output === "github") await print(edge, `registries=${done.map(({ registry }) => registry).join(",")}`);
  else await print(edge, done.flatMap((one) => [`${one.registry}: ${lifeOf(one)}`, `  ${placeOf(one)}`]).join("\n"));
}

function lifeOf({ as, expiresAt }: SignedIn): string {
  if (expiresAt === undefined) return `signed in as ${as}`;
  const minutes = Math.round((Date.parse(expiresAt) - Date.now()) / 60_000);
  if (minutes <= 0) return `signed in as ${as}, until ${expiresAt}, which is over by this machine's clock`;
  const left = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `signed in as ${as}, until ${expiresAt} (${left})`;
}

function placeOf({ kept }: SignedIn): string {
  if (kept.kind === "file") return `in ${kept.path}, which only its owner may read; it is not encrypted`;
  if (kept.kind === "helper") return `kept by docker-credential-${kept.name}`;
  if (kept.kind === "own")
    return `not kept: docker-credential-${kept.name} signs in by itself whenever a tool asks it, with the identity that it finds`;
  return "kept in docker's configuration before, and left as it was";
}
