import { Failure } from "../../failure/index.ts";
import { formatReference, type RepositoryName } from "../../oci/index.ts";
import { ecrHostIn, ecrRegion } from "../ecr.ts";
import type { Sourced } from "../environment.ts";
import { misplaced } from "../misplaced.ts";
import type { DestinationSettings } from "../settings.ts";
import { type AutoRegistry, auto } from "./auto.ts";
import type { Chooser } from "./layers.ts";

/** What destinations are made of besides the file. */
export interface DestinationSources {
  /** `--to` or WAYBILL_TO. */
  readonly to: Sourced<readonly RepositoryName[]> | undefined;
  /** `--registry`: the one registry, in place of those that the file lists. */
  readonly only: Sourced | undefined;
  /** `--region`: where ECR's registries are. */
  readonly region: Sourced | undefined;
  /** The image's repository name, where one is given. */
  readonly image: Sourced | undefined;
  /** The environment's registry; asked for only where the file leaves it open. */
  readonly registry: () => Sourced | undefined;
  /** Finds the registry where `auto` asks for that. */
  readonly auto: AutoRegistry;
  /** A destination's place in the file, for errors. */
  readonly place: (index: number) => string;
}

/**
 * Where the image goes.
 * @throws Failure CONFIG_MISSING, CONFIG_INVALID
 */
export async function resolveDestinations(image: Chooser, sources: DestinationSources): Promise<readonly DestinationSettings[]> {
  // A list is taken as a whole: an entry's destinations replace those that stand above it.
  const from = image.within((layer) => layer.destinations);
  const found = inRegion(from, await destinationsOf(from, sources), sources);
  const names = found.map(formatReference);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice === -1) return found;
  throw misplaced("CONFIG_INVALID", sources.place(twice), `the destination ${names[twice]} stands here twice`, {
    hint: "Name it once.",
  });
}

async function destinationsOf(from: Chooser, sources: DestinationSources): Promise<readonly DestinationSettings[]> {
  const { to, only } = sources;
  if (only === undefined) return to === undefined ? await configured(from, sources) : named(from, to, sources.image);
  // A flag and a variable are of different rank, and two flags are not.
  if (to?.origin.kind === only.origin.kind) {
    throw new Failure("CONFIG_INVALID", `${to.origin.name} and ${only.origin.name} both say where the image goes`, {
      hint: `Leave ${only.origin.name} away: ${to.origin.name} names the registry too.`,
    });
  }
  const image = sources.image ?? from.file(["destinations", 0, "repository"], ({ destinations }) => destinations?.[0]?.repository);
  if (image === undefined) {
    throw new Failure("CONFIG_MISSING", `nothing says which repository of ${only.value} the image goes to`, {
      hint: "Set DOCKER_IMAGE_NAME, or write `image: TEAM/APP` in waybill.yaml, or give --to HOST/REPOSITORY instead.",
    });
  }
  const registry = only.value === auto ? await sources.auto(undefined) : only;
  return named(from, { value: [{ host: registry.value, repository: image.value }], origin: registry.origin }, sources.image);
}

/** ECR's registries in the region that was asked for: the name and the sign-in follow from the host, so both are of that region. */
function inRegion(
  from: Chooser,
  found: readonly DestinationSettings[],
  { region, to, only }: DestinationSources,
): readonly DestinationSettings[] {
  if (region === undefined) return found;
  const stated = only ?? to;
  return found.map((one, index) => {
    const host = ecrHostIn(one.host, region.value);
    if (host === one.host) return one;
    if (stated?.origin.kind === region.origin.kind) {
      throw new Failure(
        "CONFIG_INVALID",
        `${stated.origin.name} is in ${ecrRegion(one.host)}, and ${region.origin.name} says ${region.value}`,
        { hint: `Leave ${region.origin.name} away: the registry's name has its region.` },
      );
    }
    from.note(`destinations.${index}.registry`, host, region.origin);
    return { ...one, host };
  });
}

/** Flags name repositories; how to sign in at their registries may still stand in the file. */
function named(from: Chooser, to: Sourced<readonly RepositoryName[]>, image: Sourced | undefined): readonly DestinationSettings[] {
  const known = from.file(["destinations"], (layer) => layer.destinations)?.value ?? [];
  return to.value.map(({ host, repository }, index) => {
    const key = `destinations.${index}`;
    from.note(`${key}.registry`, host, to.origin);
    from.note(`${key}.repository`, repository, to.origin);
    const at = known.findIndex((one) => one.registry === host && (one.repository ?? image?.value) === repository && one.role !== undefined);
    const role = from.optional(`${key}.role`, [from.file(["destinations", at, "role"], ({ destinations }) => destinations?.[at]?.role)]);
    return { host, repository, role, trusted: index === 0 };
  });
}

async function configured(from: Chooser, sources: DestinationSources): Promise<readonly DestinationSettings[]> {
  const listed = from.file(["destinations"], (layer) => layer.destinations)?.value;
  if (listed === undefined && (sources.registry() === undefined || sources.image === undefined)) throw nowhere(sources.image?.value);
  const found: DestinationSettings[] = [];
  for (const [index, one] of (listed ?? [{}]).entries()) {
    const key = `destinations.${index}`;
    const part = <T>(name: string, value: T | undefined) => from.file(["destinations", index, name], () => value);
    const asked = part("registry", one.registry) ?? sources.registry();
    const host = from.optional(`${key}.registry`, [asked?.value === auto ? await sources.auto(one.role) : asked]);
    const repository = from.optional(`${key}.repository`, [part("repository", one.repository), sources.image]);
    if (host === undefined) {
      throw misplaced("CONFIG_MISSING", sources.place(index), "this destination has no registry", {
        hint: "Write `registry: HOST`, or set ECR_REGISTRY, or AWS_ACCOUNT_ID and AWS_REGION.",
      });
    }
    if (repository === undefined) {
      throw misplaced("CONFIG_MISSING", sources.place(index), `nothing says which repository of ${host} the image goes to`, {
        hint: "Write `image: TEAM/APP` at the top of the file, or set DOCKER_IMAGE_NAME.",
      });
    }
    const trusted = from.choose(`${key}.trusted`, [part("trusted", one.trusted)], index === 0);
    found.push({ host, repository, role: from.optional(`${key}.role`, [part("role", one.role)]), trusted: trusted || index === 0 });
  }
  return found;
}

function nowhere(image: string | undefined): Failure {
  return new Failure("CONFIG_MISSING", `nothing says where ${image === undefined ? "the image" : image} goes`, {
    hint: [
      "Give --to HOST/REPOSITORY, or write a waybill.yaml in the repository's root:",
      `image: ${image ?? "team/app"}`,
      "destinations:",
      "  - registry: registry.example",
    ].join("\n"),
  });
}
