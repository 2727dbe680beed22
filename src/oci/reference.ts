import { Failure } from "../failure/index.ts";
import { type Digest, isDigest } from "./digest.ts";

declare const tagBrand: unique symbol;

/** A tag name (OCI distribution-spec, "Pulling manifests"); made by {@link parseTag} only. */
export type Tag = string & { readonly [tagBrand]: true };

/** One repository of one registry. */
export interface RepositoryName {
  /** Host with port where one is given: `registry.example:5000`, `[::1]:5000`, `docker.io`. */
  readonly host: string;
  /** Name within the registry: `quiltdata/benchling`. */
  readonly repository: string;
}

/** A repository with a tag, a digest, both, or neither. */
export interface Reference extends RepositoryName {
  readonly tag?: Tag;
  readonly digest?: Digest;
}

// The grammar of github.com/distribution/reference; a repository name's component allows at most
// two underscores, or any number of dashes, between alphanumerics.
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const hostPattern = new RegExp(`^(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::([0-9]{1,5}))?$`);
const nameLimit = 255;
/** A domain name has at most 253 characters; a port comes to that. The pattern takes long for what is far longer. */
const hostLimit = 260;

/** The host that a reference without one belongs to. */
export const defaultHost = "docker.io";

/** Whether the text is a repository name as the distribution-spec has it. */
export function isRepository(text: string): boolean {
  return text.length <= nameLimit && repositoryPattern.test(text);
}

/** Whether the text is a registry host, with or without a port. */
export function isHost(text: string): boolean {
  if (text.length > hostLimit) return false;
  const match = hostPattern.exec(text);
  return match !== null && (match[1] === undefined || Number(match[1]) <= 65535);
}

/** Whether a host's name or address is this machine itself, with or without the brackets of IPv6. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname === "::1" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether the text is a tag. */
export function isTag(text: string): text is Tag {
  return tagPattern.test(text);
}

/**
 * Parses a tag.
 * @throws Failure REFERENCE_INVALID
 */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  throw invalid(
    text,
    "not a tag",
    "A tag is 1 to 128 letters, digits, dots, dashes and underscores, and starts with neither dot nor dash.",
  );
}

/**
 * Parses an image reference with the distribution grammar: `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]`.
 * Without a host it is Docker Hub's (`busybox` is `docker.io/library/busybox`).
 * @throws Failure REFERENCE_INVALID
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, "what follows @ is no digest", "A digest is sha256: and 64 lower-case hexadecimal digits.");
  }
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/") && !named.endsWith("]");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    throw invalid(text, "what follows the last colon is no tag", "A tag is 1 to 128 letters, digits, dots, dashes and underscores.");
  }
  return {
    ...parseRepository(hasTag ? named.slice(0, colon) : named, text),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Parses `[HOST[:PORT]/]REPOSITORY`, without tag or digest.
 * @param whole the text to show in the error where it is longer than what is parsed
 * @throws Failure REFERENCE_INVALID
 */
export function parseRepository(text: string, whole = text): RepositoryName {
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  // As docker has it: the first part is a host where it has a dot or a port, has capitals, or is localhost.
  const hasHost = first.includes(".") || first.includes(":") || first === "localhost" || first !== first.toLowerCase();
  const host = hasHost ? (first === "index.docker.io" ? defaultHost : first) : defaultHost;
  const rest = hasHost ? text.slice(slash + 1) : text;
  const repository = host === defaultHost && !rest.includes("/") ? `library/${rest}` : rest;
  if (!isHost(host)) throw invalid(whole, `"${host.slice(0, 300)}" is no registry host`, "Write HOST[:PORT]/REPOSITORY[:TAG][@DIGEST].");
  if (!isRepository(repository)) {
    const upper = repository !== repository.toLowerCase();
    throw invalid(
      whole,
      repository.length > nameLimit
        ? `the repository name is longer than ${nameLimit} characters`
        : `"${repository.slice(0, 300)}" is no repository name`,
      upper ? "A repository name has no capitals." : "Write HOST[:PORT]/REPOSITORY[:TAG][@DIGEST].",
    );
  }
  return { host, repository };
}

/** `HOST/REPOSITORY`, with tag and digest where the reference has them. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.host}/${reference.repository}${tag}${digest}`;
}

function invalid(text: string, why: string, hint: string): Failure {
  return new Failure("REFERENCE_INVALID", `"${text.slice(0, 300)}" is not an image reference: ${why}`, { hint });
}
