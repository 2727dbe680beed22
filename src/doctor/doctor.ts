import { codes, toFailure, worstExit } from "../failure/index.ts";
import type { Check, Finding, Patient } from "./check.ts";
import { clockCheck } from "./checks/clock.ts";
import { configCheck } from "./checks/config.ts";
import { ecrCheck } from "./checks/ecr.ts";
import { engineCheck } from "./checks/engine.ts";
import { gitCheck } from "./checks/git.ts";
import { registryCheck } from "./checks/registry.ts";
import { smokeCheck } from "./checks/smoke.ts";
import { trustCheck } from "./checks/trust.ts";
import { workflowCheck } from "./checks/workflow.ts";

/** Every check by its name, in the order of the output. */
const checks: Readonly<Record<string, Check>> = {
  git: gitCheck,
  config: configCheck,
  engine: engineCheck,
  smoke: smokeCheck,
  workflow: workflowCheck,
  trust: trustCheck,
  registry: registryCheck,
  ecr: ecrCheck,
  clock: clockCheck,
};

/** A finding, and the check that found it. */
export interface Diagnosis extends Finding {
  readonly check: string;
}

/** Runs all checks at once. One that fails is an error of its own, and stops no other. */
export async function examine(patient: Patient): Promise<readonly Diagnosis[]> {
  const all = await Promise.all(
    Object.entries(checks).map(async ([check, look]): Promise<readonly Diagnosis[]> => {
      try {
        return (await look(patient)).map((finding) => ({ check, ...finding }));
      } catch (thrown) {
        patient.signal.throwIfAborted();
        const { code, message, hint } = toFailure(thrown);
        return [{ check, level: "error", what: message, mend: hint, code }];
      }
    }),
  );
  return all.flat();
}

/** The exit code of findings: 0 with warnings alone, else that of the worst error. */
export function exitOf(findings: readonly Finding[]): number {
  return worstExit(findings.flatMap(({ level, code }) => (level === "error" ? [codes[code ?? "CHECK_FAILED"].exit] : [])));
}
