/**
 * Engines turn a Dockerfile and a context into content; the stamp binds content to one commit. A request comes in, an
 * image in a Store goes out. This room does not know destinations or tags.
 */

export { assembleEngine } from "./assemble/engine.ts";
export { assembleGaps, type Gap } from "./assemble/gaps.ts";
export type { GapInputs } from "./assemble/packed-gaps.ts";
export { type ChosenEngine, chooseEngine, type EngineChoice, engineFor } from "./choose.ts";
export { diskFailure } from "./disk.ts";
export { type Dockerfile, parseDockerfile } from "./dockerfile/parse.ts";
export type { BaseImage, BuildContext, BuildRequest, Built, ContextEntry, Engine, FoundImage, ImageSource, KnownLayer } from "./engine.ts";
export { type ImageSourceOptions, imageSource } from "./images.ts";
export { type ContentKey, contentKey } from "./key/key.ts";
export type { KeyPart } from "./key/part.ts";
export type { FoundBuildah } from "./probe/buildah.ts";
export type { FoundBuildx } from "./probe/buildx.ts";
export { type EngineExplanation, type ExplainSetting, explainEngine } from "./probe/explain.ts";
export { type Stamp, stamp } from "./stamp/stamp.ts";
export { type CommitWords, fillTemplate } from "./stamp/template.ts";
