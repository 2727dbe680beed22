import type { Instruction } from "../dockerfile/parse.ts";

/** A `--mount` of RUN, as its fields say (Dockerfile reference, "RUN --mount"). */
export interface Mount {
  readonly type: string;
  readonly id: string | undefined;
  readonly from: string | undefined;
  readonly source: string;
}

/** The mounts of a RUN instruction; nothing is expanded yet. */
export function mountsOf({ flags }: Instruction): readonly Mount[] {
  return flags
    .filter(({ name }) => name === "mount")
    .map(({ value = "" }) => {
      const fields = new Map(
        value.split(",").map((field) => [field.split("=", 1)[0]?.trim().toLowerCase() ?? "", field.slice(field.indexOf("=") + 1)]),
      );
      return {
        type: fields.get("type") ?? "bind",
        id: fields.get("id"),
        from: fields.get("from"),
        source: fields.get("source") ?? fields.get("src") ?? ".",
      };
    });
}
