import type { Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import type { Owner } from "./changes.ts";
import { type RootFs, resolvePath } from "./rootfs.ts";

/** The most of a passwd or group file that is read, in bytes. */
const fileLimit = 4 * 1024 * 1024;

/**
 * The owner of a `--chown`: `USER[:GROUP]`, each a number, or a name of the file system's /etc/passwd and /etc/group. A group that
 * is left out is the user's own, and a number's is the same number (Dockerfile reference, "COPY --chown --chmod").
 * @throws Failure DOCKERFILE_INVALID
 */
export async function ownerOf(text: string, fs: RootFs, instruction: Instruction): Promise<Owner> {
  const [user = "", group, ...more] = text.split(":");
  const unknown = (what: string, name: string, file: string) =>
    problem("DOCKERFILE_INVALID", instruction, `--chown names the ${what} ${JSON.stringify(name)}, which ${file} does not know`, {
      text: instruction.text,
      hint: "Give numbers: --chown=1000:1000.",
    });
  if (more.length > 0 || user === "")
    throw problem("DOCKERFILE_INVALID", instruction, `--chown takes USER[:GROUP], not ${JSON.stringify(text)}`, {
      text: instruction.text,
      hint: "Give numbers, such as --chown=1000:1000, or names of the base.",
    });
  const number = idOf(user);
  const entry = number === undefined ? await lineOf(fs, "etc/passwd", user) : undefined;
  const uid = number ?? idOf(entry?.[2]);
  if (uid === undefined) throw unknown("user", user, "/etc/passwd");
  if (group === undefined || group === "") return { uid, gid: number ?? idOf(entry?.[3]) ?? uid };
  const gid = idOf(group) ?? idOf((await lineOf(fs, "etc/group", group))?.[2]);
  if (gid === undefined) throw unknown("group", group, "/etc/group");
  return { uid, gid };
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff ? Number(text) : undefined;
}

async function lineOf(fs: RootFs, path: string, name: string): Promise<readonly string[] | undefined> {
  const node = fs.get(resolvePath(fs, path) ?? path);
  if (node?.kind !== "file" || node.size > fileLimit) return undefined;
  const text = Buffer.concat(await Array.fromAsync(node.open())).toString("utf8");
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[0] === name);
}

/**
 * The owner of what is made for a USER: who has no entry counts as root, since a program is not run here and may find one later.
 */
export async function ownerOfUser(text: string, fs: RootFs): Promise<Owner> {
  const [user = "", group = ""] = text.split(":");
  const number = idOf(user);
  const entry = number === undefined ? await lineOf(fs, "etc/passwd", user) : undefined;
  const own = { uid: number ?? idOf(entry?.[2]) ?? 0, gid: number ?? idOf(entry?.[3]) ?? 0 };
  const gid = group === "" ? undefined : (idOf(group) ?? idOf((await lineOf(fs, "etc/group", group))?.[2]));
  return gid === undefined ? own : { ...own, gid };
}
