import { Failure, quoteForeign } from "../failure/index.ts";
import { formatReference, parseRepository, type RepositoryName } from "../oci/index.ts";
import { ecrHost } from "./ecr.ts";
import { isLatestPolicy, type LatestPolicy } from "./latest.ts";
import type { Origin } from "./settings.ts";
import type { Kind } from "./values.ts";
import * as kinds from "./values.ts";

/** Environment variables, by name. An empty one counts as unset, as CI systems leave them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value and where it came from. */
export interface Sourced<T = string> {
  readonly value: T;
  readonly origin: Origin;
}

/** What flags and environment say; a later layer's values win over an earlier one's. */
export interface Overrides {
  readonly to?: Sourced<readonly RepositoryName[]> | undefined;
  readonly image?: Sourced | undefined;
  readonly file?: Sourced | undefined;
  readonly context?: Sourced | undefined;
  readonly platform?: Sourced | undefined;
  readonly engine?: Sourced | undefined;
  readonly caFile?: Sourced | undefined;
  /** false: nothing of an ancestor is reused. */
  readonly reuse?: Sourced<boolean> | undefined;
  /** Whether a new image is started before its tags are written. */
  readonly smoke?: Sourced<boolean> | undefined;
  readonly latest?: Sourced<"off" | LatestPolicy> | undefined;
  readonly endpoints?: Sourced<Readonly<Record<string, string>>> | undefined;
  /** The one registry to deliver to, under the image's own name. */
  readonly registry?: Sourced | undefined;
  /** The AWS region of ECR's registries. */
  readonly region?: Sourced | undefined;
  /** Whether tags end in the architecture that they are for. */
  readonly archSuffix?: Sourced<boolean> | undefined;
  readonly everyCommit?: Sourced<boolean> | undefined;
  /** Where publications are written down besides the registry. */
  readonly record?: Sourced<"github" | "off"> | undefined;
}

/** What the first layer says that says anything. */
export function stated<K extends keyof Overrides>(layers: readonly Overrides[], key: K): Overrides[K] {
  return layers.find((layer) => layer[key] !== undefined)?.[key];
}

/** The command line's part of the settings. */
export interface SettingsFlags {
  readonly to?: readonly string[] | undefined;
  readonly file?: string | undefined;
  readonly context?: string | undefined;
  readonly platform?: string | undefined;
  readonly engine?: string | undefined;
  readonly caFile?: string | undefined;
  /** false where nothing of an ancestor is to be reused. */
  readonly reuse?: boolean | undefined;
  /** Whether a new image is started before its tags are written. */
  readonly smoke?: boolean | undefined;
  /** Names of the images that are asked for. */
  readonly images?: readonly string[] | undefined;
  /** false leaves moving tags alone; a policy overrules what environment and file say. */
  readonly latest?: false | LatestPolicy | undefined;
  readonly registry?: string | undefined;
  readonly region?: string | undefined;
  readonly archSuffix?: boolean | undefined;
  readonly everyCommit?: boolean | undefined;
  readonly record?: "github" | undefined;
}

const engine: Kind = {
  expected: "auto, assemble, buildx or buildah",
  parse: (text) => (["auto", "assemble", "buildx", "buildah"].includes(text) ? text : undefined),
};

/**
 * What the environment says.
 * @throws Failure CONFIG_INVALID, naming the variable
 */
export function fromEnvironment(env: Environment): Overrides {
  const named = (...names: readonly string[]): Sourced | undefined => {
    const name = names.find((one) => env[one]);
    return name === undefined ? undefined : { value: env[name] ?? "", origin: { kind: "environment", name } };
  };
  return {
    to: repositories(named("WAYBILL_TO")),
    image: checked(named("WAYBILL_IMAGE", "DOCKER_IMAGE_NAME"), kinds.repository),
    file: checked(named("WAYBILL_FILE"), kinds.path),
    context: checked(named("WAYBILL_CONTEXT"), kinds.path),
    platform: checked(named("WAYBILL_PLATFORM", "DOCKER_DEFAULT_PLATFORM"), kinds.platform),
    engine: checked(named("WAYBILL_ENGINE"), engine),
    caFile: checked(named("WAYBILL_CA_FILE"), kinds.text),
    latest: latest(named("WAYBILL_LATEST")),
    reuse: onOff(named("WAYBILL_REUSE")),
    smoke: onOff(named("WAYBILL_SMOKE")),
    archSuffix: onOff(named("WAYBILL_ARCH_SUFFIX")),
    everyCommit: onOff(named("WAYBILL_EVERY_COMMIT")),
    record: recordIn(named("WAYBILL_RECORD")),
    endpoints: endpoints(named("WAYBILL_ENDPOINTS")),
  };
}

/**
 * What the command line says.
 * @throws Failure CONFIG_INVALID, naming the flag
 */
export function fromFlags(flags: SettingsFlags): Overrides {
  const given = (value: string | undefined, name: string): Sourced | undefined =>
    value === undefined ? undefined : { value, origin: { kind: "flag", name } };
  const either = (value: boolean | undefined, name: string): Sourced<boolean> | undefined =>
    value === undefined ? undefined : { value, origin: { kind: "flag", name: `--${value ? "" : "no-"}${name}` } };
  const policy = flags.latest;
  return {
    to: repositories(given(flags.to?.join(" "), "--to")),
    file: checked(given(flags.file, "--file"), kinds.path),
    context: checked(given(flags.context, "--context"), kinds.path),
    platform: checked(given(flags.platform, "--platform"), kinds.platform),
    engine: checked(given(flags.engine, "--engine"), engine),
    caFile: checked(given(flags.caFile, "--ca-file"), kinds.text),
    registry: checked(given(flags.registry, "--registry"), kinds.host),
    region: checked(given(flags.region, "--region"), awsRegion),
    archSuffix: either(flags.archSuffix, "arch-suffix"),
    smoke: either(flags.smoke, "smoke"),
    everyCommit: either(flags.everyCommit, "every-commit"),
    reuse: either(flags.reuse === false ? false : undefined, "reuse"),
    ...(flags.record === undefined ? {} : { record: { value: flags.record, origin: { kind: "flag", name: "--record" } } }),
    ...(policy === undefined
      ? {}
      : {
          latest: {
            value: policy === false ? "off" : policy,
            origin: { kind: "flag", name: policy === false ? "--no-latest" : `--latest=${policy}` },
          },
        }),
  };
}

/**
 * The registry host of the environment, for where the file leaves it open: ECR_REGISTRY, else the one of AWS_ACCOUNT_ID
 * in AWS_REGION.
 * @param stated the region that was asked for in place of AWS_REGION's
 * @throws Failure CONFIG_INVALID
 */
export function registryFromEnvironment(env: Environment, stated?: Sourced): Sourced | undefined {
  const { ECR_REGISTRY: registry, AWS_ACCOUNT_ID: account } = env;
  if (registry) return checked({ value: registry, origin: { kind: "environment", name: "ECR_REGISTRY" } }, kinds.host);
  const region = account ? (stated ?? regionFromEnvironment(env)) : undefined;
  if (!account || region === undefined) return undefined;
  checked({ value: account, origin: { kind: "environment", name: "AWS_ACCOUNT_ID" } }, awsAccount);
  return {
    value: ecrHost(account, region.value),
    origin: { kind: "environment", name: `AWS_ACCOUNT_ID, ${region.origin.name}` },
  };
}

/**
 * The AWS region of the environment: AWS_REGION, else AWS_DEFAULT_REGION.
 * @throws Failure CONFIG_INVALID
 */
export function regionFromEnvironment(env: Environment): Sourced | undefined {
  const name = env["AWS_REGION"] ? "AWS_REGION" : "AWS_DEFAULT_REGION";
  return env[name] ? checked({ value: env[name], origin: { kind: "environment", name } }, awsRegion) : undefined;
}

const awsAccount: Kind = { expected: "an AWS account of twelve digits", parse: (text) => (/^[0-9]{12}$/.test(text) ? text : undefined) };
const awsRegion: Kind = {
  expected: "an AWS region like us-east-1",
  parse: (text) => (/^[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}$/.test(text) ? text : undefined),
};

function checked(given: Sourced | undefined, kind: Kind): Sourced | undefined {
  if (given === undefined) return undefined;
  const value = kind.parse(given.value);
  if (value === undefined) throw invalid(given, kind.expected);
  return { ...given, value };
}

function repositories(given: Sourced | undefined): Sourced<readonly RepositoryName[]> | undefined {
  if (given === undefined) return undefined;
  const value = words(given.value).map((one) => {
    try {
      return parseRepository(one);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      throw new Failure("CONFIG_INVALID", `${given.origin.name}: ${thrown.message}`, {
        hint: "Write HOST[:PORT]/REPOSITORY without a tag: the commit makes the tag.",
        cause: thrown,
      });
    }
  });
  if (value.length === 0) throw invalid(given, "HOST/REPOSITORY");
  const names = value.map(formatReference);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Failure("CONFIG_INVALID", `${given.origin.name} names ${twice} twice`, { hint: "Name it once." });
  return { value, origin: given.origin };
}

function onOff(given: Sourced | undefined): Sourced<boolean> | undefined {
  const said = checked(given, { expected: "on or off", parse: (text) => (["on", "off"].includes(text) ? text : undefined) });
  return said && { value: said.value === "on", origin: said.origin };
}

function recordIn(given: Sourced | undefined): Overrides["record"] {
  if (given === undefined) return undefined;
  const { value, origin } = given;
  if (value === "github" || value === "off") return { value, origin };
  throw invalid(given, "github or off");
}

function latest(given: Sourced | undefined): Overrides["latest"] {
  if (given === undefined) return undefined;
  const { value, origin } = given;
  if (value === "off" || isLatestPolicy(value)) return { value, origin };
  throw invalid(given, "forward, adopt, always, never or off");
}

/** `HOST=URL`, several with commas or spaces between them. */
function endpoints(given: Sourced | undefined): Overrides["endpoints"] {
  if (given === undefined) return undefined;
  const pairs = words(given.value).map((pair): readonly [string, string] => {
    const [host, ...rest] = pair.split("=");
    const url = kinds.endpoint.parse(rest.join("="));
    if (kinds.host.parse(host ?? "") === undefined || url === undefined) throw invalid(given, `HOST=URL with ${kinds.endpoint.expected}`);
    return [host ?? "", url];
  });
  return { value: Object.fromEntries(pairs), origin: given.origin };
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function invalid({ value, origin }: Sourced<unknown>, expected: string): Failure {
  return new Failure("CONFIG_INVALID", `${origin.name}: expected ${expected}, found "${quoteForeign(String(value), 80)}"`, {
    hint: origin.kind === "flag" ? `Write ${origin.name} with ${expected}.` : `Set ${origin.name} to ${expected}, or unset it.`,
  });
}
