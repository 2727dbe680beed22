/**
 * Engines turn a Dockerfile and a context into content; the stamp binds content to one commit. A request comes in, an
 * image in a Store goes out. This room does not know destinations or tags.
 */
export type { BaseImage, BuildContext, BuildRequest, Built, ContextEntry, Engine, FoundImage, ImageSource } from "./engine.ts";
