import { type Facts, Failure, type FailureCode } from "../failure/index.ts";

/**
 * A failure of what stands at a place of the configuration.
 * @param place `waybill.yaml:3`, or the name of a variable or a flag
 */
export function misplaced(code: FailureCode, place: string, why: string, options: { readonly hint?: string } = {}): Failure {
  return new Failure(code, `${place}: ${why}`, { ...options, facts: placeFacts(place) });
}

/** File and line of a place; nothing where it is in no file, as `WAYBILL_CONFIG:3` is not. */
export function placeFacts(place: string | undefined): Facts {
  const [, file, line] = /^(.+\.ya?ml):(\d+)$/.exec(place ?? "") ?? [];
  return file === undefined ? {} : { file, line: Number(line) };
}
