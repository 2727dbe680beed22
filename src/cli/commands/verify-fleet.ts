import { durationMs } from "../../config/index.ts";
import { type Fleet, verifyFleet } from "../../publish/index.ts";
import { type Output, print, type Run } from "../edge.ts";
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
    withRepository(options, edge, emit, async ({ planned }) => {
      const { images } = await planned(await chosenCommit(options, edge));
      return await Promise.all(
        images.map(async ({ plan }) => ({ name: plan.image.name, fleet: await verifyFleet(plan, waitMs, { emit, signal: edge.signal }) })),
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
  const states = new Set(fleets.flatMap(({ fleet: one }) => one.replicas.map(({ state }) => state)));
  return states.has("drifted") ? 4 : states.has("missing") || states.has("failed") ? 6 : 0;
};

function asLines(name: string, { tag, digest, replicas, agree }: Fleet): readonly string[] {
  return [
    `${name}:${tag} ${agree ? `is ${digest} everywhere` : digest === undefined ? "is nowhere" : `should be ${digest}`}`,
    ...replicas.map(
      ({ destination, state, digest: holds, why }) =>
        `  ${destination} ${state}${holds !== undefined && state === "drifted" ? `: ${holds}` : ""}${why === undefined ? "" : `: ${why}`}`,
    ),
  ];
}
