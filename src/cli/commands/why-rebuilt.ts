import { Failure } from "../../failure/index.ts";
import { parseCommitSha } from "../../git/index.ts";
import { type Rebuilt, whyRebuilt } from "../../publish/index.ts";
import { type Output, print, type Run } from "../edge.ts";
import { listen, listening } from "../listen.ts";
import { withRepository } from "../repository.ts";
import type { RepositoryOptions } from "../settings.ts";

export interface WhyOptions extends RepositoryOptions {
  readonly before: string;
  readonly after: string;
  readonly output: Output;
}

/** `waybill why-rebuilt`: what went into the second commit's image and did not go into the first's. */
export const why: Run<WhyOptions> = async (options, edge) => {
  const [before, after] = [parseCommitSha(options.before), parseCommitSha(options.after)];
  const found = await listening(listen(edge, options), async (emit) =>
    withRepository(options, edge, emit, async ({ repository, settings, planned }) => {
      const { images: first } = await planned({ commit: before }, { keys: true });
      const { images: second } = await planned({ commit: after }, { keys: true });
      const depth = Math.max(1000, ...settings.images.map((image) => image.build.reuse.depth));
      const at = (await repository.ancestors(after, depth)).indexOf(before);
      const compared: { readonly name: string; readonly rebuilt: Rebuilt }[] = [];
      for (const [index, image] of first.entries()) {
        const other = second[index];
        if (other === undefined) throw new Failure("DEFECT", "the two commits were planned for different images");
        compared.push({
          name: image.plan.image.name,
          rebuilt: await whyRebuilt(image, other, at === -1 ? undefined : at + 1, edge.signal),
        });
      }
      return compared;
    }),
  );
  if (options.output === "json")
    await print(
      edge,
      JSON.stringify(
        found.map(({ name, rebuilt }) => ({ name, ...rebuilt })),
        null,
        2,
      ),
    );
  else if (options.output === "github")
    await print(edge, `differences=${found.reduce((sum, { rebuilt }) => sum + rebuilt.differences.length, 0)}`);
  else
    await print(
      edge,
      found.flatMap(({ name, rebuilt }) => [...(found.length > 1 ? [`image ${name}`] : []), ...asLines(rebuilt)]).join("\n"),
    );
  return 0;
};

function asLines({ differences, lines }: Rebuilt): readonly string[] {
  return [
    ...differences.map(({ kind, name, before, after }) => {
      if (before === undefined) return `${kind} ${name} is new: ${shown(after)}`;
      return after === undefined ? `${kind} ${name} is gone: ${shown(before)}` : `${kind} ${name}: ${shown(before)} → ${shown(after)}`;
    }),
    ...lines,
  ];
}

function shown(value = ""): string {
  return value.length > 120 || value.includes("\n") ? JSON.stringify(value.slice(0, 120)) : value;
}
