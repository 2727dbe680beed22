import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import { type BuildahSetting, isRootless } from "./program.ts";
import { enterStorage, type StorageUser } from "./users.ts";

/** Where buildah keeps images while it builds: folders of its own, apart from what the user has. */
export interface Storage extends AsyncDisposable {
  /** `overlay`, or `vfs`, which copies every file for every layer and works everywhere. */
  readonly driver: string;
  /** The words before the command. */
  readonly words: readonly string[];
  /** The policy file that lets buildah take the images that waybill hands to it. */
  readonly policy: string;
  /** A folder for files on their way. */
  readonly scratch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says that this build has left nothing to be cleared up in storage that is kept. */
  done(): void;
}

/** Ways to store, the faster first. Without `skip_mount_home` the folder stays mounted upon itself when buildah is done. */
const drivers: readonly (readonly [name: string, ...options: string[]])[] = [
  ["overlay", "--storage-opt=overlay.skip_mount_home=true"],
  ["vfs"],
];

const askMs = 20_000;
const endMs = 120_000;
/** Images come from waybill, which has checked their digests; whom to trust was decided when their names were resolved. */
const policy = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });

/**
 * Opens storage below a folder.
 * @param kept a folder to keep layers in for the next build; everything is removed at the end unless given
 * @throws Failure BUILD_FAILED where no way to store works
 */
export async function openStorage(
  { env, tempDir }: BuildahSetting,
  kept: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Storage> {
  const dir = join(tempDir, "buildah");
  const [root, runRoot, scratch] = [kept ?? join(dir, "root"), join(dir, "run"), join(dir, "scratch")];
  const policyFile = join(dir, "policy.json");
  const runtime = join(dir, "runtime");
  for (const folder of [root, runRoot, scratch, runtime]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(policyFile, policy);
  // SOURCE_DATE_EPOCH and --timestamp would be two ways to say the same, which a newer buildah refuses.
  const own = {
    ...(await withSignIns(env)),
    TMPDIR: scratch,
    XDG_RUNTIME_DIR: runtime,
    SOURCE_DATE_EPOCH: undefined,
    STORAGE_DRIVER: undefined,
    STORAGE_OPTS: undefined,
  };
  const user = kept === undefined ? undefined : await enterStorage(kept);
  const place = [`--root=${root}`, `--runroot=${runRoot}`];
  let said = "";
  for (const [driver, ...options] of drivers) {
    const words = [...place, `--storage-driver=${driver}`, ...options];
    const asked = await run("buildah", [...words, "info"], {
      env: own,
      signal,
      timeoutMs: askMs,
      maxBytes: 1 << 20,
      withDescendants: true,
    });
    if (asked.exitCode === 0) {
      let unclear = true;
      const storage = { driver, words, policy: policyFile, scratch, env: own };
      return {
        ...storage,
        done() {
          unclear = user === undefined || user.afterDead;
        },
        [Symbol.asyncDispose]: async () => await close(storage, dir, unclear, user),
      };
    }
    said = asked.stderr.trim().split("\n").at(-1) || `exit code ${asked.exitCode}`;
  }
  await user?.leave(user.afterDead);
  await rm(dir, { recursive: true, force: true });
  throw new Failure("BUILD_FAILED", `buildah cannot store images here: ${quoteForeign(said)}`, {
    hint: "Look whether the folder for temporary files (TMPDIR) is on a disk with room, and whether buildah info works there.",
  });
}

/** The environment without names of sign-in files that are not there: buildah would end for one that it does not need. */
async function withSignIns(env: BuildahSetting["env"]): Promise<BuildahSetting["env"]> {
  const { DOCKER_CONFIG: config, REGISTRY_AUTH_FILE: file } = env;
  const there = async (path: string): Promise<boolean> =>
    await access(path).then(
      () => true,
      () => false,
    );
  return {
    ...env,
    DOCKER_CONFIG: config && (await there(join(config, "config.json"))) ? config : undefined,
    REGISTRY_AUTH_FILE: file && (await there(file)) ? file : undefined,
  };
}

/** Takes away what a build that was ended left mounted, and then the files, which may belong to ids that only buildah can act for. */
async function close(
  { words, env }: Pick<Storage, "words" | "env">,
  dir: string,
  unclear: boolean,
  user: StorageUser | undefined,
): Promise<void> {
  const buildah = async (argv: readonly string[]): Promise<string> => {
    const limits = { timeoutMs: endMs, maxBytes: 1 << 20, withDescendants: true };
    const asked = await run("buildah", argv, { env, ...limits }).catch(() => undefined);
    return asked?.exitCode === 0 ? asked.stdout.toString("utf8") : "";
  };
  let left = false;
  if (unclear) {
    const containers = (await buildah([...words, "containers", "--all", "--quiet"])).split(/\s+/).filter(Boolean);
    // Whoever made one of them entered before that, and its build may be going on.
    left = containers.length > 0 && user !== undefined && !(await user.alone());
    if (containers.length > 0 && !left) await buildah([...words, "rm", ...containers]);
  }
  await user?.leave(left);
  if (await isRootless()) await buildah([...words, "unshare", "rm", "-rf", "--", dir]);
  await rm(dir, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}
