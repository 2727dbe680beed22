import { resolve } from "node:path";
import { awsSessions, type EcrApi, ecrApi } from "../../aws/index.ts";
import { type EcrHost, parseEcrHost } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import { chosenImages } from "../../publish/index.ts";
import { silent } from "../../report/index.ts";
import { differences, type SettingDifference, wantedRepository } from "../../scaffold/index.ts";
import { type Edge, print, type Run } from "../edge.ts";
import { repositoryAround } from "../folder.ts";
import { type RepositoryOptions, settingsOf } from "../settings.ts";

export interface EcrCreateOptions extends RepositoryOptions {
  readonly publicRead?: boolean;
  readonly asRole?: boolean;
  readonly apply?: boolean;
  readonly dryRun?: boolean;
}

interface Place {
  readonly host: string;
  readonly ecr: EcrHost;
  readonly repository: string;
  readonly role: string | undefined;
  readonly moving: readonly string[];
}

/** `waybill ecr create`: makes the configured repositories that are not there, and shows what differs in those that are. */
export const ecrCreate: Run<EcrCreateOptions> = async (options, edge) => {
  const root = repositoryAround(resolve(edge.cwd, options.repo));
  const settings = await settingsOf(options, edge)({ root });
  const places = chosenImages(settings, options.image).flatMap(({ destinations, moving }) =>
    destinations.flatMap(({ host, repository, role }): readonly Place[] => {
      const ecr = parseEcrHost(host);
      return ecr === undefined ? [] : [{ host, ecr, repository, role, moving: moving.map(({ tag }) => tag) }];
    }),
  );
  if (places.length === 0)
    throw new Failure("CONFIG_MISSING", "no destination is on Amazon ECR, so there is no repository to make", {
      hint: "Give --to ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME.",
    });
  const sessions = awsSessions({ env: edge.env, emit: silent });
  for (const place of places) {
    // Who makes repositories is not who publishes to them: the destination's role needs no right to, and mostly lets only jobs in.
    const role = options.asRole ? place.role : undefined;
    using api = await ecrApi(place.ecr, { env: edge.env, sessions, role, signal: edge.signal });
    await ensure(api, place, options, edge);
  }
  return 0;
};

async function ensure(api: EcrApi, { host, repository, moving }: Place, options: EcrCreateOptions, edge: Edge): Promise<void> {
  const name = `${host}/${repository}`;
  const wanted = wantedRepository(moving, { publicRead: options.publicRead === true });
  const there = await api.repository(repository);
  if (there === undefined) {
    if (!options.dryRun) await api.create(repository, wanted);
    const shown = { ...wanted, policy: wanted.policy === undefined ? "none" : "public read" };
    const details = Object.entries(shown).map(([setting, value]) => `  ${setting}: ${JSON.stringify(value)}`);
    return await print(edge, [`${name} ${options.dryRun ? "would be created" : "created"}`, ...details].join("\n"));
  }
  const found = differences(there, wanted);
  if (found.length === 0) return await print(edge, `${name} is there, and set as it is to be`);
  const write = options.apply === true && !options.dryRun;
  const settings = found.map(({ setting }) => setting);
  // Both are set by one call.
  const changed = settings.filter((setting) => setting !== "moving" || !settings.includes("mutability"));
  if (write) await api.change(repository, wanted, changed);
  const head = write ? "changed" : options.apply ? "would be changed" : "is there and differs; --apply changes it";
  await print(edge, [`${name} ${head}`, ...found.map(line)].join("\n"));
}

function line({ setting, is, wanted }: SettingDifference): string {
  return `  ${setting}: ${JSON.stringify(is) ?? "none"} -> ${JSON.stringify(wanted)}`;
}
