/**
 * An OCI registry over repositories that are anywhere: HTTP in front of Stores. Requests come in, and what the
 * distribution-spec says goes out. This room knows no images but as content, and keeps nothing itself.
 */
export { createHandler, type Handler, type HandlerOptions } from "./handler.ts";
export { type ServedRegistry, type ServeOptions, serveRegistry } from "./serve.ts";
