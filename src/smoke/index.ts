/**
 * Starts an image as a container of this machine's runtime, and looks whether it comes up: by its HEALTHCHECK, by an HTTP request, or
 * by staying up. An image comes in, and what became of its container goes out; nothing of it is left behind. What a failed start
 * means is for who asks to decide.
 */

export { type FoundRuntime, findRuntime, needRuntime } from "./find.ts";
export { usualStatus } from "./http.ts";
export { runnable } from "./image.ts";
export { loadAs } from "./loaded.ts";
export { type Smoked, type SmokeTarget, type SmokeWish, smoke } from "./smoke.ts";
export { type RuntimeName, runtimeNames } from "./words.ts";
