/**
 * The library: the public face of each room, under the room's name.
 *
 * ```ts
 * import { store } from "waybill";
 * ```
 */
export * as build from "./build/index.ts";
export * as failure from "./failure/index.ts";
export * as oci from "./oci/index.ts";
export * as report from "./report/index.ts";
export * as store from "./store/index.ts";
export * as validate from "./validate/index.ts";
export { version } from "./version.ts";
