/**
 * Where images live: the Store interface, its implementations (memory, OCI layout on disk, registry over HTTP), and
 * copy(), the one algorithm that moves content between any two of them. Descriptors and bytes come in and go out.
 * This room knows nothing of commits, builds or policies.
 */
export { type CopyOptions, type CopyResult, copy } from "./copy/copy.ts";
export { transfer, type Underway, underway } from "./copy/transfer.ts";
export { type Growing, growingFile } from "./growing.ts";
export { dockerArchive, layoutArchive } from "./image-archive.ts";
export { incomingBytes } from "./incoming.ts";
export { layeredStore } from "./layered.ts";
export type { Garbage, GarbageOptions } from "./layout/garbage.ts";
export { type LayoutOptions, type LayoutStore, openLayout } from "./layout/layout.ts";
export { lentStore } from "./lent.ts";
export { type Location, parseLocation } from "./location.ts";
export { type MemoryStore, memoryRepositories, memoryStore } from "./memory.ts";
export { findManifest, readBytes, readConfig, readManifest, writeBytes } from "./read.ts";
export { createRegistryClient, type RegistryClient } from "./registry/client.ts";
export { type DockerConfigOptions, dockerConfigSignIn } from "./registry/docker-config.ts";
export { type KeptSignIn, keepSignIn } from "./registry/docker-login.ts";
export type { ProxySettings, RegistryClientOptions, RetryPolicy, Timeouts } from "./registry/options.ts";
export type { RegistryStore } from "./registry/repository.ts";
export { anonymous, type Credentials, type SignIn } from "./registry/sign-in.ts";
export { stackSignIns, staticSignIn } from "./registry/sign-ins.ts";
export { askOnce, type Reach } from "./registry/single.ts";
export { collectRepositories, diskRepositories } from "./repositories.ts";
export { bytesSource, fileSource, storeSource } from "./source.ts";
export { type SpillingOptions, spillingStore } from "./spilling.ts";
export {
  can,
  type Deleting,
  type HeldManifest,
  type Locating,
  type Mounting,
  type Ranging,
  type Reading,
  type Referring,
  type Repositories,
  type Source,
  type Sourcing,
  type Store,
  type Streaming,
  type Tagged,
  type TagOptions,
  type Upload,
  type Uploading,
  type UploadOptions,
  type Waiting,
  type WriteOptions,
  type Written,
} from "./store.ts";
