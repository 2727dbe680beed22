import { Failure } from "../failure/index.ts";
import { start } from "../process/index.ts";
import { environmentOf, type GitOptions, readingSettings } from "./git.ts";

/** An object as `git cat-file --batch` gives it. */
export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

/** One `git cat-file --batch` process for as long as the repository is open: objects without a process each. */
export interface ObjectReader {
  /**
   * Reads one object by any name that git knows; undefined where there is none. Answers come in the order of the questions,
   * so several may be asked at once.
   */
  read(name: string): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

interface Question {
  resolve(answer: GitObject | undefined): void;
  reject(failure: Failure): void;
}

/** Answers that say that there is no such object, with nothing after them. */
const absent = /^.* (?:missing|ambiguous)$/;
/** Answers about a path that leads out of the tree, with text after them. */
const astray = /^(?:symlink|dangling|loop|notdir|submodule) (\d+)$/;

/** Starts the process. Objects are read into memory whole: ask for their size first where they may be large. */
export function objectReader(where: GitOptions): ObjectReader {
  const child = start("git", [...readingSettings, "cat-file", "--batch", "--follow-symlinks"], {
    ...where,
    env: environmentOf(where),
  });
  const waiting: Question[] = [];
  let buffered: Buffer[] = [];
  let size = 0;
  let header: { readonly id: string; readonly type: string; readonly size: number } | undefined;

  /** Takes bytes off the front of what has come; undefined while there are too few. */
  const take = (length: number): Buffer | undefined => {
    if (size < length) return undefined;
    const all = buffered.length === 1 && buffered[0] !== undefined ? buffered[0] : Buffer.concat(buffered, size);
    buffered = [all.subarray(length)];
    size -= length;
    return all.subarray(0, length);
  };
  const line = (): string | undefined => {
    const at = buffered.findIndex((chunk) => chunk.includes(10));
    if (at === -1) return undefined;
    const before = buffered.slice(0, at).reduce((sum, chunk) => sum + chunk.length, 0);
    return take(before + (buffered[at]?.indexOf(10) ?? 0) + 1)
      ?.subarray(0, -1)
      .toString("utf8");
  };
  const answer = (object: GitObject | undefined): void => waiting.shift()?.resolve(object);
  const parse = (): void => {
    for (;;) {
      if (header === undefined) {
        const text = line();
        if (text === undefined) return;
        const stray = astray.exec(text);
        if (stray !== null) header = { id: "", type: "", size: Number(stray[1]) };
        else if (absent.test(text)) {
          answer(undefined);
          continue;
        } else {
          const [id = "", type = "", length = ""] = text.split(" ");
          header = { id, type, size: Number(length) };
        }
      }
      const content = take(header.size + 1);
      if (content === undefined) return;
      const { id, type } = header;
      header = undefined;
      answer(id === "" ? undefined : { id, type, content: content.subarray(0, -1) });
    }
  };
  child.stdout.on("data", (chunk: Buffer) => {
    buffered.push(chunk);
    size += chunk.length;
    parse();
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (said.length < 4096) said += chunk.toString("utf8");
  });
  // Questions that are asked at once go in one write: each write is a system call, here and at git.
  let asking = "";
  const ask = (name: string): void => {
    if (asking === "")
      queueMicrotask(() => {
        child.stdin.write(asking);
        asking = "";
      });
    asking += `${name}\n`;
  };
  let ended: Failure | undefined;
  const end = (failure: Failure): void => {
    ended ??= failure;
    for (const question of waiting.splice(0)) question.reject(ended);
  };
  child.exited.then(
    () => end(new Failure("GIT_FAILED", `git cat-file ended early${said === "" ? "" : `: ${said.trim().slice(0, 300)}`}`)),
    (thrown: Failure) => end(thrown),
  );
  return {
    read: (name) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        // A line end would be a second question.
        if (/[\n\0]/.test(name)) return resolve(undefined);
        waiting.push({ resolve, reject });
        ask(name);
      }),
    async close() {
      child.stdin.end();
      child.stop();
      await child.exited.catch(() => 0);
    },
  };
}
