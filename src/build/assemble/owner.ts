import type { Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import type { ChangedMode, Owner } from "./copy.ts";
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
    throw problem("DOCKERFILE_INVALID", instruction, `--chown takes USER[:GROUP], not ${JSON.stringify(text)}`, { text: instruction.text });
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
 * The mode of a `--chmod`: octal digits, or symbolic ones such as `u+x,go=rX`.
 * @throws Failure DOCKERFILE_INVALID
 */
export function modeOf(text: string, instruction: Instruction): ChangedMode {
  if (/^[0-7]{1,4}$/.test(text)) {
    const digits = Number.parseInt(text, 8);
    return { of: () => digits, fresh: digits };
  }
  const clauses = text.split(",").map((clause) => /^([ugoa]*)([-+=])([rwxX]*)$/.exec(clause));
  if (clauses.includes(null)) {
    throw problem("DOCKERFILE_INVALID", instruction, `--chmod takes a mode such as 755 or u+x, not ${JSON.stringify(text)}`, {
      text: instruction.text,
    });
  }
  const of = (mode: number, directory: boolean): number =>
    clauses.reduce((bits, clause) => symbolic(bits, directory, clause?.[1] || "a", clause?.[2] ?? "", clause?.[3] ?? ""), mode);
  return { of, fresh: 0o755 };
}

const shifts: Readonly<Record<string, readonly number[]>> = { u: [6], g: [3], o: [0], a: [6, 3, 0] };

function symbolic(mode: number, directory: boolean, who: string, operator: string, permissions: string): number {
  const run = directory || (mode & 0o111) !== 0;
  const bits = [...permissions].reduce((sum, one) => sum | (one === "r" ? 4 : one === "w" ? 2 : one === "x" || run ? 1 : 0), 0);
  let result = mode;
  for (const shift of new Set([...who].flatMap((one) => shifts[one] ?? []))) {
    if (operator === "+") result |= bits << shift;
    else if (operator === "-") result &= ~(bits << shift);
    else result = (result & ~(7 << shift)) | (bits << shift);
  }
  return result;
}
