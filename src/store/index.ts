/**
 * Where images live: the Store interface, its implementations (memory, OCI layout on disk, registry over HTTP), and
 * copy(), the one algorithm that moves content between any two of them. Descriptors and bytes come in and go out.
 * This room knows nothing of commits, builds or policies.
 */

export { anonymous, type Credentials, type SignIn } from "./registry/sign-in.ts";
export { bytesSource, fileSource, storeSource } from "./source.ts";
export {
  can,
  type Deleting,
  type Mounting,
  type Ranging,
  type Referring,
  type Repositories,
  type Source,
  type Store,
  type Tagged,
  type TagOptions,
  type Upload,
  type Uploading,
  type Waiting,
  type WriteOptions,
  type Written,
} from "./store.ts";
