import { Failure, partFailure } from "../failure/index.ts";
import type { Finding } from "../report/index.ts";
import { checks, surveyChecks, validate } from "../validate/index.ts";
import type { StepOptions } from "./deliver.ts";
import type { Checked, Delivery, Image, Plan, Started } from "./types.ts";

/**
 * Step 6: checks what was delivered, read back from each registry. The program in the image is looked at where the image
 * arrived first; the same digest is the same program everywhere.
 */
export async function check(plan: Plan, deliveries: readonly Delivery[], image: Image, options: StepOptions): Promise<readonly Checked[]> {
  // The program of a recorded ancestor was looked at when that was published.
  const first = image.reused?.recorded ? undefined : deliveries.find((one) => one.outcome.kind === "delivered");
  return await Promise.all(deliveries.map((delivery) => checkDelivery(plan, delivery, image, delivery === first, options)));
}

async function checkDelivery(
  plan: Plan,
  delivery: Delivery,
  image: Image,
  whole: boolean,
  { emit, signal }: StepOptions,
): Promise<Checked> {
  if (delivery.outcome.kind !== "delivered") return { ...delivery, findings: [] };
  const { store, name } = delivery.destination;
  try {
    // An adopted image names no commit; every other one names the plan's.
    const expected = { platform: plan.platform, ...(image.adopted ? {} : { revision: plan.commit.sha }) };
    const found = await validate(
      { store, root: image.root, expected, content: image.store },
      { signal, checks: whole ? checks : surveyChecks },
    );
    const findings = found.map((finding) => ({ ...finding, where: { ...finding.where, destination: name } }));
    for (const finding of findings) emit({ kind: "finding", finding });
    return { ...delivery, findings };
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    return { ...delivery, outcome: { kind: "failed", failure }, findings: [] };
  }
}

/** All that was found. */
export function findingsOf(checked: readonly Checked[], started?: Started): readonly Finding[] {
  return [...checked.flatMap((one) => one.findings), ...(started?.finding === undefined ? [] : [started.finding])];
}

/**
 * What forbids tags after the checks, or undefined. One error at one destination is enough: no tag is written anywhere.
 */
export function verdict(findings: readonly Finding[]): Failure | undefined {
  const errors = findings.filter((finding) => finding.level === "error");
  const [first] = errors;
  if (first === undefined) return undefined;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Failure("CHECK_FAILED", `the image does not pass its checks, so no tag was written: ${first.message}${more}`, {
    hint: first.hint ?? "Mend what the check saw and publish again.",
    facts: { finding: first.code, errors: errors.length },
  });
}
