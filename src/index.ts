/**
 * The library: the public face of each room, under the room's name.
 *
 * ```ts
 * import { store } from "waybill";
 * ```
 */
export * as aws from "./aws/index.ts";
export * as build from "./build/index.ts";
export * as failure from "./failure/index.ts";
export * as git from "./git/index.ts";
export * as oci from "./oci/index.ts";
export * as publish from "./publish/index.ts";
export * as report from "./report/index.ts";
export * as server from "./server/index.ts";
export * as smoke from "./smoke/index.ts";
export * as store from "./store/index.ts";
export * as trace from "./trace/index.ts";
export * as validate from "./validate/index.ts";
export { version } from "./version.ts";
