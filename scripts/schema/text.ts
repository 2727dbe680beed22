import { z } from "zod/mini";
import { settingsFile } from "../../src/config/file/schema.ts";
import { described } from "../../src/config/file/words.ts";

/** The JSON Schema of waybill.yaml, as a file's text. */
export function schemaText(): string {
  const schema = z.toJSONSchema(settingsFile, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const about = described.get(zodSchema);
      if (about !== undefined) jsonSchema.description = about.description;
    },
  });
  const { $schema, ...rest } = schema;
  const whole = {
    $schema,
    $id: "https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json",
    title: "waybill.yaml",
    ...rest,
  };
  return `${shortLists(JSON.stringify(whole, null, 2))}\n`;
}

/** Lists of words on one line, as the formatter has them. */
function shortLists(json: string): string {
  return json.replace(/\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g, (_, words: string) => `[${words.replace(/\s+/g, " ")}]`);
}
