/**
 * What is configured: waybill.yaml, the environment and flags come in, as bytes and text that nobody vouches for; typed
 * settings go out, with where each value came from, and the commit that the environment names. This room reads nothing
 * by itself: whoever calls it hands in the files and the environment. It must not know git, registries or any command.
 */
export { commitFromEnvironment } from "./ci/commit.ts";
export type { CommitFromEnvironment, Push } from "./ci/names.ts";
export { pushFromEnvironment } from "./ci/push.ts";
export { runFromEnvironment } from "./ci/run.ts";
export { type EcrHost, parseEcrHost } from "./ecr.ts";
export type { Environment, SettingsFlags } from "./environment.ts";
export type { LatestPolicy } from "./latest.ts";
export { loadConnections, loadRegistry, loadSettings, type SettingsSources } from "./load.ts";
export { placeFacts } from "./misplaced.ts";
export { webhookFromEnvironment } from "./resolve/webhook.ts";
export type { DestinationSettings, ImageSettings, Settings, SmokeSettings, Webhook } from "./settings.ts";
export * as kinds from "./values.ts";
export { durationMs, type Kind } from "./values.ts";
