import { type AwsSessions, ecrApi, type RoleOfRepository, tagMoves } from "../../aws/index.ts";
import { durationMs, parseEcrHost } from "../../config/index.ts";
import { partFailure } from "../../failure/index.ts";
import { type Fleet, verifyFleet } from "../../publish/index.ts";
import type { Emit } from "../../report/index.ts";
import { type Edge, type Output, onGithub, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { withRepository } from "../repository.ts";
import { chosenCommit, type RepositoryOptions } from "../settings.ts";

export interface FleetOptions extends RepositoryOptions {
  readonly wait?: string;
  readonly output: Output;
}

/** `waybill verify-fleet`: one commit, one digest, everywhere; exit code 4 where something has drifted, 6 where something is missing. */
export const fleet: Run<FleetOptions> = async (options, edge) => {
  const waitMs = options.wait === undefined ? 0 : durationMs(options.wait);
  const fleets = await listening(listen(edge, options), async (emit) =>
    withRepository(options, edge, emit, async ({ planned, sessions }) => {
      const { images } = await planned(await chosenCommit(options, edge));
      return await Promise.all(
        images.map(async ({ plan }) => ({
          name: plan.image.name,
          fleet: await withMutability(await verifyFleet(plan, waitMs, { emit, signal: edge.signal }), {
            destinations: plan.image.destinations,
            sessions: options.skipAuth ? undefined : sessions,
            edge,
            emit,
          }),
        })),
      );
    }),
  );
  if (options.output === "json")
    await print(
      edge,
      JSON.stringify(
        fleets.map(({ name, fleet: one }) => ({ name, ...one })),
        null,
        2,
      ),
    );
  else if (options.output === "github")
    await print(edge, `agree=${fleets.every(({ fleet: one }) => one.agree)}\ndigest=${fleets[0]?.fleet.digest ?? ""}`);
  else await print(edge, fleets.flatMap(({ name, fleet: one }) => asLines(name, one)).join("\n"));
  if (onGithub(edge)) {
    const { tellFleet } = await import("../github.ts");
    tellFleet(
      fleets.map(({ name, fleet: one }) => ({ name, ...one })),
      edge,
    );
  }
  const states = new Set(fleets.flatMap(({ fleet: one }) => one.replicas.map(({ state }) => state)));
  return states.has("drifted") ? 4 : states.has("missing") || states.has("failed") ? 6 : 0;
};

type Told = Omit<Fleet, "replicas"> & {
  /** `mutable`: whether the release tag could be overwritten there; undefined where that cannot be told. */
  readonly replicas: readonly (Fleet["replicas"][number] & { readonly mutable?: boolean | undefined })[];
};

interface Asking {
  readonly destinations: readonly RoleOfRepository[];
  /** Undefined where AWS is not to be asked. */
  readonly sessions: AwsSessions | undefined;
  readonly edge: Edge;
  readonly emit: Emit;
}

/** Adds what ECR says of overwriting; other registries have no API for it, and it is never tried out. */
async function withMutability(fleet: Fleet, { destinations, sessions, edge, emit }: Asking): Promise<Told> {
  const mutable = async (name: string): Promise<boolean | undefined> => {
    const at = destinations.find(({ host, repository }) => `${host}/${repository}` === name);
    const place = at && parseEcrHost(at.host);
    if (at === undefined || place === undefined || sessions === undefined) return undefined;
    try {
      using api = await ecrApi(place, { env: edge.env, sessions, role: at.role, signal: edge.signal });
      const tagging = await api.tagging(at.repository);
      return tagging && tagMoves(tagging, fleet.tag);
    } catch (thrown) {
      const { message } = partFailure(thrown, edge.signal);
      emit({ kind: "message", level: "warning", text: `whether tags can be overwritten at ${name} cannot be told: ${message}` });
      return undefined;
    }
  };
  const replicas = await Promise.all(fleet.replicas.map(async (one) => ({ ...one, mutable: await mutable(one.destination) })));
  return { ...fleet, replicas };
}

function asLines(name: string, { tag, digest, replicas, agree }: Told): readonly string[] {
  return [
    `${name}:${tag} ${agree ? `is ${digest} everywhere` : digest === undefined ? "is nowhere" : `should be ${digest}`}`,
    ...replicas.map(
      ({ destination, state, digest: holds, why, mutable }) =>
        `  ${destination} ${state}${holds !== undefined && state === "drifted" ? `: ${holds}` : ""}${why === undefined ? "" : `: ${why}`}${mutable ? ", mutable: the tag can be overwritten there" : ""}`,
    ),
  ];
}
