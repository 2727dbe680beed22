import { wrapper } from "../../src/scaffold/render/wrapper.ts";
import { version } from "../../src/version.ts";
import { aRepository, type FileSpec, type TestRepository } from "./git-repository.ts";
import { keep } from "./keep.ts";

const pin = wrapper({ version, package: `waybill@${version}`, integrity: `sha512-${Buffer.alloc(64).toString("base64")}` });

/** A repository with files, and its remote's address; a package of waybill is pinned already, so that npm is not asked for one. */
export function aPinnedRepository(files: Readonly<Record<string, FileSpec>>, remote?: string): TestRepository {
  const repository = keep(aRepository());
  repository.commit({ ".github/waybill.sh": pin, ...files });
  if (remote !== undefined) repository.git("remote", "add", "origin", remote);
  return repository;
}
