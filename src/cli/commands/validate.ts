import { parseCommitSha } from "../../git/index.ts";
import { formatPlatform, parsePlatform, parseTag } from "../../oci/index.ts";
import { findingText } from "../../report/index.ts";
import { validate } from "../../validate/index.ts";
import { type Output, print, type Run } from "../edge.ts";
import { nameOf, resolveImage } from "../image.ts";
import { listen, listening } from "../listen.ts";
import { imageRegistries, locate, type RegistryOptions } from "../registries.ts";

export interface ValidateOptions extends RegistryOptions {
  readonly image: string;
  readonly platform: string;
  readonly commit?: string;
  readonly output: Output;
}

const fullSha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** `waybill validate`: all checks on an image where it is. Exit code 3 where one finds an error. */
export const validateImage: Run<ValidateOptions> = async (options, edge) => {
  return await listening(listen(edge, options), async (emit) => {
    await using client = await imageRegistries(options, edge, emit);
    const { signal } = edge;
    const located = await locate(options.image, client, edge);
    const root = await resolveImage(located, signal);
    const { tag } = nameOf(located);
    const revision =
      options.commit === undefined ? (tag !== undefined && fullSha.test(tag) ? tag : undefined) : parseCommitSha(options.commit);
    const platform = parsePlatform(options.platform);
    const findings = await validate(
      { store: located.store, root, expected: { platform, revision, latest: tag === "latest" ? undefined : parseTag("latest") } },
      { signal },
    );
    const valid = !findings.some((finding) => finding.level === "error");
    if (options.output === "json")
      await print(edge, JSON.stringify({ image: options.image, digest: root.digest, valid, findings }, null, 2));
    else if (options.output === "github") await print(edge, `valid=${valid}\ndigest=${root.digest}`);
    else {
      const verdict = valid ? `valid: ${formatPlatform(platform)}${revision === undefined ? "" : `, commit ${revision}`}` : "not valid";
      await print(edge, [...findings.map(findingText), `${located.store.name}@${root.digest}`, verdict].join("\n"));
    }
    return valid ? 0 : 3;
  });
};
