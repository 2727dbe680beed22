import type { Descriptor } from "../oci/index.ts";
import { type Growing, growingFile, type Upload, type UploadOptions } from "../store/index.ts";

/** Uploads are followed from so many bytes on: what is smaller is there at once, and a registry may have it. */
const leastBytes = 4 << 20;

/** Sends a file to a target as it grows; says whether the target has it all. Fails by a defect only. */
export type Follow = (file: Growing, content: Promise<Descriptor>) => Promise<boolean>;

/** Those who follow an upload, by the place of each among those who may. */
export type Followers = readonly (Promise<boolean> | undefined)[];

/** Hears of content that is whole, whether it is new, and of whom it was on its way to. */
export type Whole = (content: Descriptor, isNew: boolean, followers: Followers) => void;

/** An upload whose bytes go on to those who follow while they come, where the content is new. */
export function followed(upload: Upload, follow: readonly Follow[], whole: Whole, options: UploadOptions | undefined): Upload {
  const content = Promise.withResolvers<Descriptor>();
  // Heard by whoever follows.
  content.promise.catch(() => {});
  let file: Growing | undefined;
  let followers: Followers = [];
  let bytes = 0;
  const begin = (path: string): void => {
    const growing = growingFile(path);
    file = growing;
    followers = follow.map((one) => one(growing, content.promise));
    void Promise.allSettled(followers).then(() => growing[Symbol.asyncDispose]());
  };
  const broken = (why: unknown): void => {
    file?.broken(why);
    content.reject(why);
  };
  const passing = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      bytes += chunk.length;
      if (file === undefined && bytes >= leastBytes && upload.path !== undefined) begin(upload.path);
      file?.grew();
    }
  };
  return {
    id: upload.id,
    size: () => upload.size(),
    append: (chunks, waiting) => upload.append(options?.isNew && follow.length > 0 ? passing(chunks) : chunks, waiting),
    async commit(digest, waiting) {
      try {
        const made = await upload.commit(digest, waiting);
        file?.whole(made.size);
        content.resolve(made);
        whole(made, options?.isNew === true, followers);
        return made;
      } catch (thrown) {
        broken(thrown);
        throw thrown;
      }
    },
    async cancel() {
      broken(new Error("the upload was given up"));
      await upload.cancel();
    },
  };
}
