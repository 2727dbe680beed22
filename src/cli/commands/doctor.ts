import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import pc from "picocolors";
import { awsSessions, ecrApi, trustPolicyOf } from "../../aws/index.ts";
import { parseEcrHost, type Settings } from "../../config/index.ts";
import { type Diagnosis, examine, exitOf } from "../../doctor/index.ts";
import { Failure } from "../../failure/index.ts";
import { outlineOf } from "../../git/index.ts";
import { chosenImages } from "../../publish/index.ts";
import { silent } from "../../report/index.ts";
import { type Edge, print, type Run } from "../edge.ts";
import { readIn } from "../init/files.ts";
import { reachOf } from "../reach.ts";
import { registries } from "../registries.ts";
import { type RepositoryOptions, settingsOf } from "../settings.ts";

export interface DoctorOptions extends RepositoryOptions {
  readonly trustPolicy?: string;
  readonly json?: boolean;
}

/** `waybill doctor`: looks whether publishing from here would succeed. */
export const doctor: Run<DoctorOptions> = async (options, edge) => {
  const outline = await outlineOf(resolve(edge.cwd, options.repo), { signal: edge.signal });
  const { settings, failure } = await settled(options, edge, outline.root);
  const sessions = awsSessions({ env: edge.env, emit: silent });
  await using client = registries({ ...options, ...settings, sessions }, edge, silent);
  const findings = await examine({
    outline,
    images: settings === undefined ? [] : chosenImages(settings, options.image),
    configFailure: failure,
    endpoints: settings?.endpoints ?? {},
    read: readIn(outline.root),
    client,
    ecr: async ({ host, role }) => {
      const ecr = options.skipAuth ? undefined : parseEcrHost(host);
      return ecr && (await ecrApi(ecr, { env: edge.env, sessions, role, signal: edge.signal }));
    },
    trustOf: async (role, host) => {
      const place = parseEcrHost(host);
      if (place === undefined || options.skipAuth) throw new Failure("CREDENTIALS_MISSING", "AWS is not to be asked");
      return await trustPolicyOf(role, { env: edge.env, sessions, place, signal: edge.signal });
    },
    reach: reachOf({ caFile: options.caFile ?? settings?.caFile }, edge),
    trustPolicy: options.trustPolicy === undefined ? undefined : await policyText(resolve(edge.cwd, options.trustPolicy)),
    env: edge.env,
    signal: edge.signal,
  });
  await print(edge, options.json ? JSON.stringify({ findings, exitCode: exitOf(findings) }, null, 2) : asText(findings, edge));
  return exitOf(findings);
};

async function settled(
  options: DoctorOptions,
  edge: Edge,
  root: string,
): Promise<{ readonly settings?: Settings; readonly failure?: Failure }> {
  try {
    return { settings: await settingsOf(options, edge)({ root }) };
  } catch (thrown) {
    if (thrown instanceof Failure) return { failure: thrown };
    throw thrown;
  }
}

async function policyText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw new Failure("USAGE", `--trust-policy ${path} cannot be read`, {
      hint: "Look at the file and at who may read it.",
      cause: thrown,
    });
  }
}

function asText(findings: readonly Diagnosis[], edge: Edge): string {
  const { red, yellow, green } = pc.createColors(edge.stdout.isTTY === true && !edge.env["NO_COLOR"]);
  const words = { pass: green("pass   "), warning: yellow("warning"), error: red("error  ") };
  const count = (level: Diagnosis["level"]): number => findings.filter((one) => one.level === level).length;
  return [
    ...findings.flatMap(({ level, check, what, mend }) => [
      `${words[level]} ${check.padEnd(8)} ${what}`,
      ...(mend === undefined ? [] : [`                 ${mend}`]),
    ]),
    `${count("pass")} passed, ${count("warning")} warnings, ${count("error")} errors`,
  ].join("\n");
}
