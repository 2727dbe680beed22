import type { Finding } from "../report/index.ts";
import type { Check, Subject } from "./check.ts";
import { latest } from "./checks/latest.ts";
import { layers } from "./checks/layers.ts";
import { platform } from "./checks/platform.ts";
import { program } from "./checks/program.ts";
import { revision } from "./checks/revision.ts";
import { inspect } from "./inspect.ts";

/** Every check, in the order in which their findings are told. */
export const checks: readonly Check[] = [platform, revision, layers, latest, program];

/** The checks that read no layer: what is asked of an image that has passed all of them before. */
export const surveyChecks: readonly Check[] = [platform, revision, layers, latest];

/**
 * Looks at an image where it is. That it exists, that digests and sizes agree and that its manifests and configs can be read
 * comes before all checks.
 * @throws Failure of the store, where it cannot be asked: that says nothing of the image
 */
export async function validate(
  subject: Subject,
  options: { readonly signal?: AbortSignal | undefined; readonly checks?: readonly Check[] } = {},
): Promise<readonly Finding[]> {
  const inspected = await inspect(subject, options.signal);
  if (!("children" in inspected)) return inspected;
  const findings = await Promise.all((options.checks ?? checks).map((check) => check.run(inspected, options.signal)));
  return findings.flat();
}
