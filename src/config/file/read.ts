import * as z from "zod/mini";
import { Failure } from "../../failure/index.ts";
import { placeFacts } from "../misplaced.ts";
import { type Problem, problemsOf } from "./problems.ts";
import { type FileSettings, settingsFile } from "./schema.ts";
import { type Path, parseYaml } from "./yaml.ts";

/** The settings of a file, and where each stands in it. */
export interface ReadFile {
  readonly settings: FileSettings;
  /** `waybill.yaml:7`. */
  place(path: Path): string;
}

/** How many problems one error names. */
const most = 10;

/**
 * Reads a settings file. All that is wrong in it is said at once, in the order of its lines.
 * @param name the file's name, for errors and origins
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY, with file and line
 */
export function readSettings(bytes: Uint8Array, name: string): ReadFile {
  const yaml = parseYaml(bytes, name);
  const place = (path: Path) => `${name}:${yaml.line(path)}`;
  // A file of comments only is a file that leaves everything open.
  const value = yaml.value ?? {};
  const parsed = z.safeParse(settingsFile, value);
  if (parsed.success) return { settings: parsed.data, place };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, value)).sort((a, b) => yaml.line(a.path) - yaml.line(b.path));
  throw failureOf(problems, place, name);
}

function failureOf(problems: readonly Problem[], place: (path: Path) => string, name: string): Failure {
  const [first] = problems;
  if (first === undefined) return new Failure("CONFIG_INVALID", `${name} is not valid`);
  const lines = problems.slice(0, most).map(({ path, message }) => `${place(path)}: ${message}`);
  const more = problems.length > most ? [`and ${problems.length - most} more`] : [];
  return new Failure(first.code, [...lines, ...more].join("\n"), { hint: first.hint, facts: placeFacts(place(first.path)) });
}
